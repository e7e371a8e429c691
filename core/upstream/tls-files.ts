// thread: main
// The certificates for https upstreams, read once at the start: a file that is no good is told then, not at the first call.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { UpstreamTls } from './upstream-call.js'

export interface TlsFiles {
  /** Paths; '' for none. */
  readonly upstreamCa: string
  readonly upstreamCert: string
  readonly upstreamKey: string
}

/** Undefined where no file is named. Throws an Error that names the setting and the file, and says what to do. */
export function readUpstreamTls({ upstreamCa, upstreamCert, upstreamKey }: TlsFiles): UpstreamTls | undefined {
  if (upstreamCa === '' && upstreamCert === '' && upstreamKey === '') return undefined
  const ca = upstreamCa === '' ? undefined : readCertificates('CHAOS_UPSTREAM_CA', upstreamCa)
  const cert = upstreamCert === '' ? undefined : readCertificates('CHAOS_UPSTREAM_CERT', upstreamCert)
  const key = upstreamKey === '' ? undefined : read('CHAOS_UPSTREAM_KEY', upstreamKey)
  try {
    createSecureContext({ cert, key })
  } catch (error) {
    throw new Error(
      `CHAOS_UPSTREAM_KEY=${upstreamKey} is not the private key of CHAOS_UPSTREAM_CERT=${upstreamCert}, PEM without a passphrase (${messageOf(error)})`,
    )
  }
  return { ca, cert, key }
}

function readCertificates(setting: string, path: string): string {
  const text = read(setting, path)
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  if (certificates.length === 0)
    throw new Error(
      `${setting}=${path} holds no certificate: it must be PEM, with the line -----BEGIN CERTIFICATE----- in it`,
    )
  for (const [i, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate)
    } catch (error) {
      throw new Error(
        `${setting}=${path} has a damaged certificate, number ${i + 1} of ${certificates.length} (${messageOf(error)}): export it anew as PEM`,
      )
    }
  }
  return text
}

function read(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(`${setting}=${path} cannot be read (${messageOf(error)}): give a file that this user may read`)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
