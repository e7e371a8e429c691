// thread: any
// What a client is told of its write: the answer at CHAOS_JOURNAL_PATH. Who knows the id may see it, so it tells nothing that
// the client did not send or would not have been told.
import type { JournalLook } from '../contract/messages.js'

export interface StatusDocument {
  readonly status: number
  readonly headers: string[]
  readonly body: Buffer
  readonly bodyLength: number
}

export function statusDocument(method: string, look: JournalLook): StatusDocument {
  if (method !== 'GET' && method !== 'HEAD')
    return problem(405, 'the status of a journalled write is only to be read', ['allow', 'GET, HEAD'])
  if (look === 'unknown')
    return problem(404, 'no journalled write has this id; those that ended long ago are forgotten')
  if (look === 'late') return problem(503, 'the journal does not answer', ['retry-after', '1'])
  const { id, state, path, acceptedAt, since, attempts, answer, temporaryId, madeId } = look
  const said = answer === null ? null : { status: answer.status, location: answer.location || null }
  return document(200, 'application/json', {
    id,
    state,
    method: look.method,
    path,
    acceptedAt,
    since,
    attempts,
    answer: said,
    // What is undefined is not there.
    temporaryId,
    madeId,
  })
}

function problem(status: number, title: string, headers: readonly string[] = []): StatusDocument {
  return document(status, 'application/problem+json', { type: 'about:blank', title, status }, headers)
}

function document(status: number, type: string, value: object, more: readonly string[] = []): StatusDocument {
  const body = Buffer.from(`${JSON.stringify(value)}\n`)
  const headers = ['content-type', type, 'cache-control', 'no-store', ...more]
  return { status, headers, body, bodyLength: body.length }
}
