// thread: main
// Captured exchanges as a HAR file: page by page, as much as one answer may hold.
import { type HarEntry, harEntryOf, harOf } from '../contract/har.js'
import type { HistoryQuery, HistoryReply } from '../contract/history.js'
import { unpackRecordings } from '../contract/recordings.js'
import type { RecordingQuery } from '../contract/replays.js'
import { type AdminReply, problem } from './reply.js'

/** Of text. Main puts it together, and has other things to do. */
const MAX_CHARACTERS = 16 << 20
const PAGE = 200

/** `upstream`: to which the requests went. `version`: of the program. */
export async function harReply(
  query: RecordingQuery,
  answer: (query: HistoryQuery) => Promise<HistoryReply>,
  upstream: string,
  version: string,
): Promise<AdminReply> {
  const origin = upstream.replace(/\/+$/, '')
  const entries: string[] = []
  let characters = 0
  let read = 0
  let cursor: string | undefined
  do {
    const reply = await answer({ kind: 'recordings', ...query, limit: Math.min(PAGE, query.limit - read), cursor })
    if (reply.kind !== 'recordings')
      return problem(503, 'no history', `the history does not answer: ${'because' in reply ? reply.because : ''}`)
    const recordings = unpackRecordings(reply.bytes)
    for (const recording of recordings) {
      read += 1
      const entry = harEntryOf(recording, origin)
      if (entry === null) continue
      const text = JSON.stringify(entry)
      characters += text.length
      if (characters > MAX_CHARACTERS && entries.length > 0) return written(entries, version, true)
      entries.push(text)
    }
    cursor = reply.next ?? undefined
  } while (cursor !== undefined && read < query.limit)
  return written(entries, version, cursor !== undefined)
}

function written(entries: readonly string[], version: string, isCut: boolean): AdminReply {
  const comment = isCut ? 'there is more in the window than one file holds: ask for less, or for what comes later' : ''
  const [before, after] = JSON.stringify(harOf(['' as unknown as HarEntry], version, comment)).split('[""]') as [
    string,
    string,
  ]
  return {
    status: 200,
    contentType: 'application/json; charset=utf-8',
    body: `${before}[${entries.join(',\n')}]${after}\n`,
    headers: { 'content-disposition': 'attachment; filename="exchanges.har"' },
  }
}
