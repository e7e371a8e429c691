// thread: main of a process that is no proxy
// Places that the proxy needs: its folder, its ports, its certificate, its upstreams. Nothing is made or changed there.
import { X509Certificate } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { createServer, isIP, connect as tcpConnect } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { type ConnectionOptions, createSecureContext, connect as tlsConnect } from 'node:tls'
import { type Finding, ok, warning, wrong } from './finding.js'

/** Less room than this is soon used up. */
const LITTLE_ROOM_BYTES = 512 << 20
const DAY_MS = 86_400_000
const EXPIRES_SOON_DAYS = 14

/** One that is not there yet is looked for, not made. */
export function folderFinding(dataDir: string): Finding {
  const name = 'data folder'
  const path = resolve(dataDir)
  const remedy = 'give this user the right to write there, or set CHAOS_DATA_DIR to another folder'
  let there = path
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there)
  try {
    if (!statSync(there).isDirectory()) return wrong(name, `${there} is no folder`, remedy)
    if (there === path) {
      // Rights tell nothing of a full disk, of a quota, or of what root may do.
      const probe = join(path, `.writable-${process.pid}`)
      writeFileSync(probe, 'x')
      rmSync(probe)
    } else accessSync(there, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = statfsSync(there)
    const says = there === path ? `${path} can be written` : `${path} can be made`
    const free = bavail * bsize
    return free < LITTLE_ROOM_BYTES
      ? warning(name, `${says}, and has ${Math.round(free / 2 ** 20)} MiB left`, 'make room on its disk')
      : ok(name, `${says}, and has ${(free / 2 ** 30).toFixed(1)} GiB left`)
  } catch (error) {
    return wrong(name, `${path} cannot be written (${codeOf(error)})`, remedy)
  }
}

export interface Port {
  /** `port`, `admin port` */
  readonly name: string
  readonly host: string
  readonly port: number
  /** `CHAOS_PORT` */
  readonly setting: string
  /** A proxy runs here, and that it uses the port is as it should be. */
  readonly proxyRuns: boolean
}

/** Listens for a moment. */
export function portFinding({ name, host, port, setting, proxyRuns }: Port): Promise<Finding> {
  if (port === 0) return Promise.resolve(ok(name, 'a free one is taken'))
  return new Promise(done => {
    const server = createServer()
    server.once('error', error => {
      const code = codeOf(error)
      if (code === 'EADDRINUSE' && proxyRuns) done(ok(name, `${host}:${port} is used by the proxy that runs here`))
      else if (code === 'EADDRINUSE')
        done(wrong(name, `${host}:${port} is in use`, `end what listens there, or set ${setting} to another port`))
      else if (code === 'EACCES')
        done(
          wrong(
            name,
            `${host}:${port} is not for this user (EACCES)`,
            `set ${setting} to 1024 or more, or give the process the capability CAP_NET_BIND_SERVICE`,
          ),
        )
      else
        done(
          wrong(name, `${host}:${port} cannot be listened on (${code})`, `correct ${setting} and the host beside it`),
        )
    })
    server.listen({ host, port, exclusive: true }, () => server.close(() => done(ok(name, `${host}:${port} is free`))))
  })
}

/** `now`: epoch ms. Undefined: there is none. */
export function certificateFinding(certFile: string, keyFile: string, now: number): Finding | undefined {
  if (certFile === '') return undefined
  const name = 'certificate'
  try {
    const [cert, key] = [readFileSync(certFile), readFileSync(keyFile)]
    createSecureContext({ cert, key })
    const { subject, validTo } = new X509Certificate(cert)
    const days = Math.floor((Date.parse(validTo) - now) / DAY_MS)
    const whose = subject.replaceAll('\n', ', ')
    const remedy = 'put a new one in its place and send the proxy SIGHUP'
    if (days < 0) return wrong(name, `${certFile} (${whose}) expired on ${validTo}`, remedy)
    if (days < EXPIRES_SOON_DAYS) return warning(name, `${certFile} (${whose}) expires on ${validTo}`, remedy)
    return ok(name, `${certFile} (${whose}) is good for ${days} days`)
  } catch (error) {
    return wrong(
      name,
      `${certFile} and ${keyFile} are no certificate with its key (${messageOf(error)})`,
      'give PEM files that belong together in CHAOS_TLS_CERT and CHAOS_TLS_KEY',
    )
  }
}

export interface UpstreamPlace {
  readonly url: string
  readonly host: string
  readonly port: number
  /** Undefined: plain TCP. */
  readonly tls: ConnectionOptions | undefined
  readonly waitMs: number
}

/** A connection, and the handshake where it is an https one; no request is sent. */
export function upstreamFinding({ url, host, port, tls, waitMs }: UpstreamPlace): Promise<Finding> {
  const name = 'upstream'
  const remedy = 'start it, or correct CHAOS_UPSTREAM; what was learned of it is answered by ghosts meanwhile'
  return new Promise(done => {
    // RFC 6066 §3: an address is no name.
    const serverName = isIP(host) === 0 ? { servername: host } : {}
    const socket = tls === undefined ? tcpConnect({ host, port }) : tlsConnect({ ...tls, host, port, ...serverName })
    const end = (finding: Finding): void => {
      clearTimeout(timer)
      socket.destroy()
      done(finding)
    }
    const timer = setTimeout(
      () => end(wrong(name, `${url} does not accept a connection in ${waitMs} ms`, remedy)),
      waitMs,
    )
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => end(ok(name, `${url} accepts connections`)))
    socket.once('error', error => {
      const code = codeOf(error)
      const isOfTls = tls !== undefined && !/^(ECONN|ENOTFOUND|EAI_|EHOST|ENET)/.test(code)
      end(
        isOfTls
          ? wrong(
              name,
              `${url}: the TLS handshake fails (${messageOf(error)})`,
              'correct its certificate, or name in CHAOS_UPSTREAM_CA who signed it',
            )
          : wrong(name, `${url} is not reached (${code})`, remedy),
      )
    })
  })
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code ?? message
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
