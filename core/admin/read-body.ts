// thread: main
import type { IncomingMessage } from 'node:http'
import { type AdminReply, problemReply } from './endpoint.js'

/** Largest request body of the admin port. */
export const MAX_ADMIN_BODY_BYTES = 1 << 20

export type ReadBody =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reply: AdminReply }

/** Reads a JSON body; rejects only where the client goes away in the middle. */
export async function readJsonBody(request: IncomingMessage): Promise<ReadBody> {
  // Asked for although it is always JSON: a web page of somebody else cannot send this type without asking first (CORS).
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
    return no(415, 'the body is not JSON', 'send it with content-type: application/json')
  }
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_ADMIN_BODY_BYTES) {
      return no(413, 'the body is too large', `a body may have up to ${MAX_ADMIN_BODY_BYTES} bytes`)
    }
    chunks.push(chunk)
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    return no(400, 'the body is not JSON', error instanceof Error ? error.message : String(error))
  }
}

function no(status: number, title: string, detail: string): ReadBody {
  return { ok: false, reply: problemReply(status, title, detail, { field: 'body' }) }
}
