// thread: edge
import { fieldOf } from '../contract/fields.js'

/** Media types whose readers wait for each piece: they are never held, and never captured whole. */
const streamed = [
  'text/event-stream',
  'application/x-ndjson',
  'application/stream+json',
  'application/grpc',
  'multipart/x-mixed-replace',
]

/** True: every byte goes on at once. `X-Accel-Buffering: no` is how applications ask nginx for the same. */
export function mustStream(headers: readonly string[]): boolean {
  const type = fieldOf(headers, 'content-type')
  if (type !== undefined) for (const prefix of streamed) if (type.startsWith(prefix)) return true
  return fieldOf(headers, 'x-accel-buffering') === 'no'
}
