// A backend that honours Idempotency-Key: what it did, in order, however often it was asked.
import { fieldOf } from '../../../core/contract/fields.js'
import type { JournalWrite, ReplayOutcome, ReplayWrite } from '../../../core/contract/journal.js'

export class KeyedBackend {
  /** Bodies of the writes that it did, in order. */
  readonly done: string[] = []
  /** The same with their targets. */
  readonly targets: string[] = []
  /** Numbers of what was made, by the body that made it. */
  readonly made = new Map<string, number>()
  readonly #answers = new Map<string, number>()
  asked = 0
  /** By body: the status that it answers. */
  readonly refuses = new Map<string, number>()

  send(write: ReplayWrite): ReplayOutcome {
    this.asked += 1
    const key = fieldOf(write.headers, 'idempotency-key')
    if (key === undefined) throw new Error('a replay without Idempotency-Key')
    const text = Buffer.from(write.body).toString()
    let status = this.#answers.get(key)
    if (status === undefined) {
      status = this.refuses.get(text) ?? 201
      if (status < 500) this.#answers.set(key, status)
      if (status < 400) {
        this.done.push(text)
        this.targets.push(write.target)
        if (write.makes !== undefined) this.made.set(text, this.made.size + 1)
      }
    }
    const made = status < 400 ? this.made.get(text) : undefined
    return {
      kind: 'answered',
      answer: { status, contentType: 'application/json', location: '', body: `{"status":${status}}` },
      retryAfterS: 0,
      ...(made === undefined || write.makes === undefined ? {} : { made: { id: String(made), isNumber: true } }),
    }
  }
}

export function writeTo(target: string, body: string, headers: readonly string[] = []): JournalWrite {
  return {
    method: 'POST',
    target,
    version: '1.1',
    authority: undefined,
    secure: false,
    remoteAddress: '192.0.2.7',
    headers: ['host', 'api.example', 'authorization', 'Bearer secret', ...headers],
    body: Buffer.from(body),
    hasLength: true,
    scope: 'a',
    maybeSeen: false,
  }
}

/** Makes something with a number for its id; known to be of the client `a`. */
export function creationOf(target: string, body: string): JournalWrite {
  const ids = { isNumber: true, prefix: '', format: { style: 'count', max: 9 } } as const
  return { ...writeTo(target, body, ['content-type', 'application/json']), writer: 'a', makes: { ids } }
}

export function ownWriteTo(target: string, body: string): JournalWrite {
  return { ...writeTo(target, body, ['content-type', 'application/json']), writer: 'a' }
}
