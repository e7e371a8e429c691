// thread: main
// The certificate that clients are shown: read at the start, and anew on SIGHUP.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { Settings } from '../contract/settings.js'
import type { Certificate } from '../front/downstream.js'
import type { Log } from '../log/log.js'
import type { Edges } from '../threads/edges.js'

export class ShownCertificate {
  readonly #settings: Settings
  #now: Certificate | undefined

  /** Throws a sentence that says which file is wrong. */
  constructor(settings: Settings) {
    this.#settings = settings
    this.#now = readCertificate(settings)
  }

  /** Undefined where clients are spoken to in plain HTTP. */
  get now(): Certificate | undefined {
    return this.#now
  }

  /** Reads it anew, for all edges; where it is none, the old one stays and the log says so. */
  reload(edges: Pick<Edges, 'sendAll'>, log: Log): void {
    try {
      this.#now = readCertificate(this.#settings)
    } catch (error) {
      log.error({ err: error }, 'the certificate was not read anew; clients are shown the one before')
      return
    }
    if (this.#now === undefined) return
    edges.sendAll({ kind: 'certificate', ...this.#now })
    log.info({ cert: this.#settings.tlsCert }, 'the certificate was read anew')
  }
}

function readCertificate({ tlsCert, tlsKey }: Settings): Certificate | undefined {
  if (tlsCert === '') return undefined
  try {
    const [cert, key] = [readFileSync(tlsCert, 'utf8'), readFileSync(tlsKey, 'utf8')]
    createSecureContext({ cert, key })
    return { cert, key, certFile: resolve(tlsCert), keyFile: resolve(tlsKey) }
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    throw new Error(
      `CHAOS_TLS_CERT=${tlsCert} and CHAOS_TLS_KEY=${tlsKey} are no certificate with its key: ${because}; give PEM files that belong together`,
    )
  }
}
