// thread: any
// The only file that knows the packages which carry the uWebSockets.js binary. Its releases are not on the npm registry;
// two republished packages hold the same binaries for different systems. A user may put upstream's own release in their
// place with an npm `overrides` entry for `uWebSockets.js`.

import type * as Uws from 'uWebSockets.js'
import type { TemplatedApp } from 'uWebSockets.js'
import { createRequire } from 'node:module'

export type UwsModule = typeof Uws
export type { HttpRequest, HttpResponse, TemplatedApp, us_listen_socket, us_socket_context_t } from 'uWebSockets.js'
export type { Uws }

/** Package names in the order in which they are tried. */
const candidates = ['uWebSockets.js', 'uWebSockets.js-glibc-2.38'] as const

export type UwsLoad =
  | { readonly ok: true; readonly uws: UwsModule; readonly from: string }
  | { readonly ok: false; readonly because: string }

/**
 * Loads whichever binary fits this system. The header limit is read by the binary from the environment of the process
 * once, when it loads: call this in main, with the setting, before any edge thread starts.
 */
export async function loadUws(maxHeaderBytes: number): Promise<UwsLoad> {
  process.env.UWS_HTTP_MAX_HEADERS_SIZE = String(maxHeaderBytes)
  const reasons: string[] = []
  for (const name of candidates) {
    try {
      const loaded = await load(name)
      const uws = typeof loaded.App === 'function' ? loaded : loaded.default
      if (uws === undefined || typeof uws.App !== 'function')
        throw new Error('the package has no App')
        // Without this the binary adds a `uWebSockets: 20` field to every answer.
      ;(uws as unknown as { _cfg(what: string): void })._cfg('silent')
      return { ok: true, uws, from: name }
    } catch (error) {
      reasons.push(`${name}: ${firstLine(error)}`)
    }
  }
  return { ok: false, because: reasons.join('; ') }
}

const require = createRequire(import.meta.url)

/**
 * `import` only for a package that has nothing else: where a CommonJS module throws inside of an imported one, Node (seen
 * with 20) rejects a promise that nobody holds besides ours, and that ends the process.
 */
async function load(name: string): Promise<UwsModule & { default?: UwsModule }> {
  try {
    return require(name)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_PACKAGE_PATH_NOT_EXPORTED' || code === 'ERR_REQUIRE_ESM') return import(name)
    throw error
  }
}

/** An app for plain HTTP, or for TLS where there is a certificate. */
export function openPlainOrTls(
  uws: UwsModule,
  certificate: { readonly certFile: string; readonly keyFile: string } | undefined,
): TemplatedApp {
  if (certificate === undefined) return uws.App()
  return uws.SSLApp({ cert_file_name: certificate.certFile, key_file_name: certificate.keyFile })
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? ''
}
