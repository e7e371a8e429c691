// Reads requests out of octets with the parser and the framing rules of the request path: what tests of both share.
import type { DownstreamRequest } from '../../../core/front/downstream.js'
import { keepsAlive } from '../../../core/front/strict/persistence.js'
import { type RequestHead, RequestParser } from '../../../core/http1/request-parser.js'
import { accept } from '../../../core/proxy/accept.js'

export interface ReadRequest {
  readonly method: string
  readonly target: string
  readonly version: '1.0' | '1.1'
  readonly authority: string | undefined
  /** Flat, names in lower case. */
  readonly headers: readonly string[]
  body: string
  complete: boolean
}

export interface Read {
  readonly requests: ReadRequest[]
  /** Code of the fault that ended it. */
  refused: string | undefined
  detail: string | undefined
}

export const MAX_HEADER_BYTES = 16 * 1024

const limits = { viaName: 'chaos-proxy-test', maxBodyBytes: 0 }

/** Feeds `pieces` as reads of their own, all into one buffer as a connection does. */
export function readRequests(pieces: readonly Buffer[], maxHeaderBytes = MAX_HEADER_BYTES): Read {
  const read: Read = { requests: [], refused: undefined, detail: undefined }
  const parser = new RequestParser(
    {
      onHead: head => {
        const acceptance = accept(asDownstream(head), limits)
        if (!acceptance.ok) {
          read.refused = acceptance.code
          read.detail = acceptance.detail
          return 0
        }
        const { method, target, version, authority } = head
        const headers = head.section.fields
        read.requests.push({ method, target, version, authority, headers, body: '', complete: false })
        return acceptance.bodyLength
      },
      onData: chunk => {
        const last = read.requests.at(-1)
        if (last !== undefined) last.body += chunk.toString('latin1')
      },
      onEnd: () => {
        const last = read.requests.at(-1)
        if (last !== undefined && read.refused === undefined) last.complete = true
      },
    },
    maxHeaderBytes,
  )
  const shared = Buffer.alloc(64 * 1024)
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; from += shared.length) {
      const length = piece.copy(shared, 0, from)
      for (let at = 0; at < length; ) {
        const after = parser.read(shared, at, length)
        if (typeof after !== 'number') {
          read.refused = after.code
          read.detail = after.detail
          return read
        }
        if (read.refused !== undefined) return read
        at = after
        if (!parser.ended) continue
        const { version, headers } = read.requests.at(-1)!
        // RFC 9112 §9.6: what stands behind the last request is none.
        if (!keepsAlive(version, headers)) return read
        parser.next()
      }
    }
  }
  return read
}

function asDownstream(head: RequestHead): DownstreamRequest {
  return { ...head, headers: head.section.fields, remoteAddress: '10.0.0.7', secure: false }
}

export const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1')

/** `bytes` in random pieces, many of them tiny. */
export function cutAnywhere(bytes: Buffer, next: () => number): Buffer[] {
  const pieces: Buffer[] = []
  for (let from = 0; from < bytes.length; ) {
    const end = Math.min(bytes.length, from + 1 + Math.floor(next() * (next() < 0.5 ? 4 : 60)))
    pieces.push(bytes.subarray(from, end))
    from = end
  }
  return pieces
}
