// thread: any
// What the values of one parameter have in common, and how one parts from it.
import { Novelty, type SavedNovelty } from './novelty.js'
import { type SeenValue, strictTypes, type ValueType, valueTypes } from './value-traits.js'

/** Nothing is held against a value before so many were seen. */
const MIN_VALUES = 50
const RANGE = 10
const MIN_RANGE = 100
const LENGTH = 4
const MIN_LENGTH = 100

/** Unlike what was seen: `value of type text`, … */
export type Break = string

interface Novel {
  readonly name: Break
  readonly novelty: Novelty
}

const none: readonly never[] = []

export interface SavedParameter {
  readonly seen: number
  readonly traits: readonly string[]
  readonly largest: number
  readonly longest: number
  readonly isNegative: boolean
  readonly pending: readonly (readonly [Break, SavedNovelty])[]
}

export class ParameterShape {
  #seen: number
  readonly #traits: Set<string>
  #largest: number
  #longest: number
  #isNegative: boolean
  readonly #pending: Map<Break, Novelty>

  constructor(saved?: SavedParameter) {
    this.#seen = saved?.seen ?? 0
    this.#traits = new Set(saved?.traits)
    this.#largest = saved?.largest ?? 0
    this.#longest = saved?.longest ?? 0
    this.#isNegative = saved?.isNegative ?? false
    this.#pending = new Map(saved?.pending.map(([name, novelty]) => [name, new Novelty(novelty)]))
  }

  get seen(): number {
    return this.#seen
  }

  /** Something unlike what was seen may be told, or believed, soon. */
  get isInDoubt(): boolean {
    return this.#pending.size > 0
  }

  /** Breaks that cannot be chance, with how sure that is. */
  observe(value: SeenValue): readonly Novel[] {
    const breaks = this.#breaksOf(value)
    for (const name of breaks)
      if (!this.#pending.has(name)) this.#pending.set(name, new Novelty({ before: this.#seen }))
    if (this.#pending.size === 0) {
      this.#seen += 1
      this.#learn(value)
      return none
    }
    const novel: Novel[] = []
    for (const [name, novelty] of this.#pending) {
      const isThere = breaks.includes(name)
      novelty.look(isThere)
      if (novelty.isSettled) this.#settle(name, isThere ? value : undefined)
      else if (isThere && novelty.isNovel) novel.push({ name, novelty })
    }
    this.#seen += 1
    if (breaks.length === 0) this.#learn(value)
    return novel
  }

  /** It is normal from now on. */
  expect(name: Break): void {
    this.#settle(name, undefined)
  }

  /** What is normal, in words. */
  get says(): string {
    const types = valueTypes.filter(type => this.#traits.has(type))
    const range = types.includes('number') ? ` up to ${this.#largest}` : ''
    return `${types.join(' or ')}${range}, at most ${this.#longest} characters`
  }

  toJSON(): SavedParameter {
    return {
      seen: this.#seen,
      traits: [...this.#traits],
      largest: this.#largest,
      longest: this.#longest,
      isNegative: this.#isNegative,
      pending: [...this.#pending].map(([name, novelty]) => [name, novelty.toJSON()]),
    }
  }

  #breaksOf({ text, type, characters }: SeenValue): readonly Break[] {
    if (this.#seen < MIN_VALUES) return none
    const breaks: Break[] = []
    if (!this.#traits.has(type) && this.#isStrict()) breaks.push(`type ${type}`)
    for (const kind of characters) if (!this.#traits.has(kind)) breaks.push(`${kind} in it`)
    if (type === 'number' && this.#traits.has('number')) {
      const size = Number(text)
      if (Math.abs(size) > Math.max(MIN_RANGE, RANGE * this.#largest)) breaks.push('far out of range')
      if (size < 0 && !this.#isNegative) breaks.push('negative')
    }
    if (text.length > Math.max(MIN_LENGTH, LENGTH * this.#longest)) breaks.push('far too long')
    return breaks
  }

  /** All values so far are of types that words do not have. */
  #isStrict(): boolean {
    let strict = 0
    for (const type of valueTypes) {
      if (!this.#traits.has(type)) continue
      if (!strictTypes.has(type as ValueType) && type !== 'empty') return false
      strict += 1
    }
    return strict > 0
  }

  #learn({ text, type, characters }: SeenValue): void {
    this.#traits.add(type)
    for (const kind of characters) this.#traits.add(kind)
    if (type === 'number') {
      const size = Number(text)
      this.#largest = Math.max(this.#largest, Math.abs(size))
      this.#isNegative ||= size < 0
    }
    this.#longest = Math.max(this.#longest, text.length)
  }

  #settle(name: Break, value: SeenValue | undefined): void {
    this.#pending.delete(name)
    if (value !== undefined) this.#learn(value)
    const [kind, trait] = name.split(' ') as [string, string]
    if (kind === 'type') this.#traits.add(trait)
    else if (name.endsWith(' in it')) this.#traits.add(kind)
    else if (name === 'negative') this.#isNegative = true
    else if (value === undefined && name === 'far out of range') this.#largest *= RANGE
    else if (value === undefined && name === 'far too long') this.#longest *= LENGTH
  }
}
