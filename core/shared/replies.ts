// thread: shared
// Replies of Redis as what they mean. Pure.
import type { Reply } from './redis-client.js'

export function textOf(reply: Reply | undefined): string | undefined {
  if (reply === null || reply === undefined) return undefined
  return Buffer.isBuffer(reply) ? reply.toString() : String(reply)
}

export function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? reply : []
}

/** `[name, value, name, value, …]` */
export function fieldIn(reply: Reply, name: string): Reply | undefined {
  const flat = listOf(reply)
  for (let i = 0; i + 1 < flat.length; i += 2) if (textOf(flat[i]) === name) return flat[i + 1]
  return undefined
}

export interface StreamEntry {
  readonly id: string
  /** Who appended it, and its how many-th that was. */
  readonly by: string
  readonly turn: number
  readonly count: number
  readonly bytes: Buffer
}

/** Fields of an entry: `by`, `turn`, `count`, `bytes`. What is no entry of ours is left out. */
export function entriesOf(reply: Reply | undefined): StreamEntry[] {
  return listOf(reply).flatMap(entry => {
    const [id, fields] = listOf(entry)
    const bytes = fields === undefined ? undefined : fieldIn(fields, 'bytes')
    if (id === undefined || fields === undefined || !Buffer.isBuffer(bytes)) return []
    return [
      {
        id: textOf(id)!,
        by: textOf(fieldIn(fields, 'by')) ?? '',
        turn: Number(textOf(fieldIn(fields, 'turn')) ?? 0),
        count: Number(textOf(fieldIn(fields, 'count')) ?? 0),
        bytes,
      },
    ]
  })
}

/** Of a reply to XREAD or XREADGROUP on one stream. */
export function readEntriesOf(reply: Reply): { readonly entries: StreamEntry[]; readonly lastId: string | undefined } {
  const [stream] = listOf(reply)
  const raw = listOf(listOf(stream)[1])
  return { entries: entriesOf(raw), lastId: textOf(listOf(raw.at(-1))[0]) }
}

/** Ids of a stream: `ms-sequence`. Negative: `a` is the older one. */
export function compareIds(a: string, b: string): number {
  const [aMs = '0', aSequence = '0'] = a.split('-')
  const [bMs = '0', bSequence = '0'] = b.split('-')
  const byMs = Number(aMs) - Number(bMs)
  return byMs !== 0 ? byMs : Number(aSequence) - Number(bSequence)
}
