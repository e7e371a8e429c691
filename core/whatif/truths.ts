// thread: whatif
// Which answer of the upstream belongs to a request of which the history has the facts alone. An answer that was the same as the
// last one was not captured again: then that one is the truth. Pure.
import type { Exchange } from '../contract/exchange.js'
import type { Answerer } from '../contract/facts.js'
import { fieldOf } from '../contract/fields.js'
import type { DemandFacts } from '../contract/history.js'
import { questionOf } from '../contract/question.js'
import type { UnknownReason } from '../contract/whatif.js'

export type Truth =
  | { readonly exchange: Exchange }
  | { readonly because: UnknownReason }
  /** Nothing a ghost is asked. */
  | 'write'
  /** It asked for nothing that could have been answered. */
  | 'left-out'

/** Requests that were at fault themselves, that nobody waited for, or that a bug of ours cost. */
const leftOut: ReadonlySet<Answerer> = new Set<Answerer>(['rejection', 'aborted', 'cut', 'failed'])
const alwaysWrites: ReadonlySet<string> = new Set(['PUT', 'PATCH', 'DELETE'])

export class Truths {
  readonly #byId = new Map<string, Exchange>()
  /** By edge and request line, oldest first. */
  readonly #byTarget = new Map<string, Exchange[]>()
  /** By request line: whether all that was ever captured there wrote. */
  readonly #writes = new Map<string, boolean>()
  readonly #readFrom: number

  /** Oldest first; all that began at `readFrom` and later and is still there. */
  constructor(captured: readonly Exchange[], readFrom: number) {
    this.#readFrom = readFrom
    for (const exchange of captured) {
      const line = `${exchange.method} ${targetOf(exchange)}`
      this.#writes.set(line, isWrite(exchange) && this.#writes.get(line) !== false)
      if (exchange.noted === undefined) continue
      const [run, seq] = exchange.noted
      this.#byId.set(`${run}-${seq}`, exchange)
      const same = this.#byTarget.get(`${run} ${line}`)
      if (same === undefined) this.#byTarget.set(`${run} ${line}`, [exchange])
      else same.push(exchange)
    }
  }

  of(facts: DemandFacts): Truth {
    const { at, by, kept, method, run, seq, status, target } = facts
    if (leftOut.has(by)) return 'left-out'
    // Also where a ghost answered, and the truth came too late.
    const own = this.#byId.get(`${run}-${seq}`)
    if (own !== undefined) return isWrite(own) ? 'write' : { exchange: own }
    if (alwaysWrites.has(method) || by === 'journal' || this.#writes.get(`${method} ${target}`) === true) return 'write'
    if (by !== 'upstream' || status >= 500 || status === 0) return { because: 'failed' }
    if (kept === 'unchanged') return this.#lastLike(facts)
    if (kept === 'sampled-out') return { because: 'sampled-out' }
    if (kept === 'shipped') return { because: at < this.#readFrom ? 'beyond' : 'gone' }
    return { because: 'not-kept' }
  }

  #lastLike({ at, run, method, target, scope }: DemandFacts): Truth {
    if (target === null) return { because: 'not-kept' }
    const all = this.#byTarget.get(`${run} ${method} ${target}`) ?? []
    const before = all.filter(one => one.startedAt <= at && (one.shared || one.scope === (scope ?? '')))
    const last = before.at(-1)
    if (last === undefined) return { because: at < this.#readFrom ? 'beyond' : 'gone' }
    // The fields that were asked with are not among the facts.
    return before.every(one => isAskedLike(one, last)) ? { exchange: last } : { because: 'form' }
  }
}

function targetOf({ path, query }: Exchange): string {
  return query === '' ? path : `${path}?${query}`
}

function isWrite({ method, path, query, requestHeaders, requestBody }: Exchange): boolean {
  const contentType = fieldOf(requestHeaders, 'content-type')
  return questionOf({ method, path, query, contentType, body: requestBody }).kind === 'write'
}

function isAskedLike(a: Exchange, b: Exchange): boolean {
  return a.requestHeaders.join('\n') === b.requestHeaders.join('\n') && Buffer.from(a.requestBody).equals(b.requestBody)
}
