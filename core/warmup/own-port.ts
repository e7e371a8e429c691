// thread: main
// A GET or HEAD to the port of this very proxy, as a client would send it: without credentials, and saying what it is.
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { contentCoding } from '../contract/content-coding.js'
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

export interface OwnQuestion {
  readonly method: string
  readonly target: string
  /** Flat, beside those that are always sent. */
  readonly fields: readonly string[]
}

export interface OwnAnswer extends WarmAnswer {
  /** '' for none. */
  readonly coding: string
  readonly body: Buffer
}

export interface OwnPortClient {
  get(target: string): Promise<WarmAnswer | undefined>
  /** With its body, as long as that is no longer than `maxBytes`; undefined: no answer, or a longer one. */
  ask(question: OwnQuestion, maxBytes: number): Promise<OwnAnswer | undefined>
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
  /** Each piece of the body is handed to `onPiece`, which says whether it wants more. */
  const send = (
    { method, target, fields }: OwnQuestion,
    onPiece: (piece: Buffer) => boolean,
  ): Promise<(WarmAnswer & { readonly coding: string }) | undefined> =>
    new Promise(resolve => {
      const headers = { ...options.headers, ...fieldsOf(fields) }
      const request = (tls ? httpsRequest : httpRequest)({ ...options, method, path: target, headers }, response => {
        const { statusCode, headers, rawHeaders } = response
        const coding = contentCoding(rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text)))
        response.on('error', () => resolve(undefined))
        response.on('end', () => resolve({ status: statusCode!, isGhost: headers['x-ghost'] !== undefined, coding }))
        response.on('close', () => resolve(undefined))
        response.on('data', (piece: Buffer) => {
          if (!onPiece(piece)) request.destroy()
        })
      })
      request.on('timeout', () => request.destroy(new Error('timeout')))
      request.on('error', () => resolve(undefined))
      request.end()
    })
  return {
    get: target => send({ method: 'GET', target, fields: [] }, () => true),
    ask: async (question, maxBytes) => {
      const pieces: Buffer[] = []
      let bytes = 0
      const answer = await send(question, piece => {
        pieces.push(piece)
        bytes += piece.length
        return bytes <= maxBytes
      })
      return answer && { ...answer, body: Buffer.concat(pieces) }
    },
    close: () => agent.destroy(),
  }
}

function fieldsOf(flat: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {}
  for (let i = 0; i < flat.length; i += 2) fields[flat[i]!] = flat[i + 1]!
  return fields
}
