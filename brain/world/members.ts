// thread: learner
// What is known of one record, member by member, and when each was said. Records of one kind have the same names: these stand
// once for all of them (as hidden classes do: Chambers, Ungar and Lee 1989, "An Efficient Implementation of SELF", §3), and a
// moment stands once where all was said at the same time. A hundred thousand records have no map each.
import type { JsonNode } from '../../core/contract/json.js'

type Entry = readonly [name: string, node: JsonNode]

/** Names of members, in the order in which they came. */
export class Names {
  readonly list: readonly string[]
  #places: Map<string, number> | undefined
  /** What was added last: the next record most often gets the same. */
  #next: Names | undefined

  constructor(list: readonly string[]) {
    this.list = list
  }

  /** At which place; -1: it is not among them. */
  placeOf(name: string): number {
    this.#places ??= new Map(this.list.map((own, i) => [own, i]))
    return this.#places.get(name) ?? -1
  }

  areOf(entries: readonly Entry[]): boolean {
    const { list } = this
    if (list.length !== entries.length) return false
    for (let i = 0; i < list.length; i++) if (list[i] !== entries[i]![0]) return false
    return true
  }

  equals({ list }: Names): boolean {
    return this.list.length === list.length && this.list.every((name, i) => name === list[i])
  }

  /** With these behind them, of which none is among them. */
  with(entries: readonly Entry[]): Names {
    const { length } = this.list
    const next = this.#next
    const isNext =
      next?.list.length === length + entries.length && entries.every(([name], i) => next.list[length + i] === name)
    if (isNext) return next
    this.#next = new Names([...this.list, ...entries.map(([name]) => name)])
    return this.#next
  }
}

const none = new Names([])

export class Members {
  #names = none
  #nodes: JsonNode[] = []
  /** When all of them were said, or each. */
  #at: number | number[] = 0

  get names(): Names {
    return this.#names
  }

  get size(): number {
    return this.#nodes.length
  }

  /** What is known of a member; undefined: nothing is. */
  get(name: string): JsonNode | undefined {
    const i = this.#names.placeOf(name)
    return i < 0 ? undefined : this.#nodes[i]
  }

  /** When it was said; undefined: it never was. */
  saidAt(name: string): number | undefined {
    const i = this.#names.placeOf(name)
    return i < 0 ? undefined : this.momentOf(i)
  }

  /** The moment at which all of them were said; undefined: each at its own. */
  get allAt(): number | undefined {
    return typeof this.#at === 'number' ? this.#at : undefined
  }

  /** When the member at this place was said. */
  momentOf(i: number): number {
    return typeof this.#at === 'number' ? this.#at : this.#at[i]!
  }

  isAnySaidAfter(at: number): boolean {
    return typeof this.#at === 'number' ? this.size > 0 && this.#at > at : this.#at.some(moment => moment > at)
  }

  /** By place, in the order of the names. */
  get nodes(): readonly JsonNode[] {
    return this.#nodes
  }

  set(name: string, node: JsonNode, at: number): void {
    const i = this.#names.placeOf(name)
    if (i < 0) {
      this.add([[name, node]], at)
      return
    }
    this.#nodes[i] = node
    this.#say(i, at)
  }

  /** Members that are not known yet. */
  add(entries: readonly Entry[], at: number): void {
    if (this.#nodes.length === 0) this.#at = at
    const moments = this.#at === at ? undefined : this.#moments()
    this.#names = this.#names.with(entries)
    for (const [, node] of entries) {
      this.#nodes.push(node)
      moments?.push(at)
    }
  }

  /** Each member that there is, said anew at one moment. `names`: of the entries, which stand for its own where it has none. */
  fill(names: Names, entries: readonly Entry[], at: number): void {
    const nodes = new Array<JsonNode>(entries.length)
    for (let i = 0; i < entries.length; i++) nodes[i] = entries[i]![1]
    this.#names = names
    this.#nodes = nodes
    this.#at = at
  }

  /** Said again, and the same. */
  touch(name: string, at: number): void {
    const i = this.#names.placeOf(name)
    if (i >= 0) this.#say(i, at)
  }

  #say(i: number, at: number): void {
    if (this.#at === at) return
    this.#moments()[i] = at
  }

  /** One for each member from now on. */
  #moments(): number[] {
    if (typeof this.#at === 'number') this.#at = new Array<number>(this.#nodes.length).fill(this.#at)
    return this.#at
  }

  delete(name: string): void {
    const i = this.#names.placeOf(name)
    if (i < 0) return
    this.#names = new Names(this.#names.list.filter((_, j) => j !== i))
    this.#nodes.splice(i, 1)
    if (typeof this.#at !== 'number') this.#at.splice(i, 1)
  }

  *[Symbol.iterator](): Iterator<[name: string, node: JsonNode, at: number]> {
    const { list } = this.#names
    for (let i = 0; i < list.length; i++) yield [list[i]!, this.#nodes[i]!, this.momentOf(i)]
  }
}
