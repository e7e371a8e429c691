// thread: main
// A GET to the port of this very proxy, as a client would send it: without credentials, and saying what it is.
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { WarmAnswer } from './warm-up.js'

export interface OwnPort {
  /** CHAOS_HOST: where it listens. */
  readonly host: string
  readonly port: number
  /** It speaks TLS. Its certificate is for the names of clients, not for this address. */
  readonly tls: boolean
  /** The Host that upstreams expect. */
  readonly authority: string
  readonly userAgent: string
  readonly timeoutMs: number
}

export interface OwnPortClient {
  get(target: string): Promise<WarmAnswer | undefined>
  close(): void
}

export function openOwnPort({ host, port, tls, authority, userAgent, timeoutMs }: OwnPort): OwnPortClient {
  const agent = tls
    ? new HttpsAgent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false })
    : new HttpAgent({ keepAlive: true, maxSockets: 1 })
  const options = {
    // Not a name that is resolved: the wildcard means this machine.
    host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host,
    port,
    agent,
    timeout: timeoutMs,
    headers: { host: authority, 'user-agent': userAgent, accept: '*/*' },
  }
  return {
    get: target =>
      new Promise(resolve => {
        const request = (tls ? httpsRequest : httpRequest)({ ...options, path: target }, response => {
          const { statusCode, headers } = response
          response.on('error', () => resolve(undefined))
          response.on('end', () => resolve({ status: statusCode!, isGhost: headers['x-ghost'] !== undefined }))
          response.on('close', () => resolve(undefined))
          response.resume()
        })
        request.on('timeout', () => request.destroy(new Error('timeout')))
        request.on('error', () => resolve(undefined))
        request.end()
      }),
    close: () => agent.destroy(),
  }
}
