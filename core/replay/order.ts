// thread: any
// Which requests must wait for which: what one client did after the answer to another request it does so again, and a write
// comes neither before nor after what was asked of the same thing. Pure.
import { placesAbove } from '../contract/places.js'

export interface Ordered {
  /** '' where nobody knows whose it is: then it waits for things alone. */
  readonly client: string
  /** Epoch ms, as recorded. */
  readonly at: number
  readonly endedAt: number
  /** As `placeOf` makes it of a path. */
  readonly place: string
  readonly isWrite: boolean
}

interface Step<Item> {
  readonly item: Item
  /** The root first, its own place last. */
  readonly places: readonly string[]
  readonly waitsFor: Set<Step<Item>>
  readonly behind: Step<Item>[]
}

/** Requests under way, or waiting for their turn, in the order in which they were recorded. */
export class Order<Item extends Ordered> {
  readonly #keepsPlaces: boolean
  readonly #steps = new Map<Item, Step<Item>>()
  readonly #ofClient = new Map<string, Set<Step<Item>>>()
  readonly #at = new Map<string, Set<Step<Item>>>()
  readonly #below = new Map<string, Set<Step<Item>>>()

  /** `keepsPlaces`: there are writes; among reads the order of things means nothing. */
  constructor(keepsPlaces: boolean) {
    this.#keepsPlaces = keepsPlaces
  }

  get unfinished(): number {
    return this.#steps.size
  }

  /** True: it may be sent at once. Else a call of `finished` will return it. To be called in the order of the recording. */
  admit(item: Item): boolean {
    const places = this.#keepsPlaces ? placesAbove(item.place) : []
    const step: Step<Item> = { item, places, waitsFor: new Set(), behind: [] }
    for (const other of this.#before(step)) {
      if (step.waitsFor.has(other)) continue
      step.waitsFor.add(other)
      other.behind.push(step)
    }
    this.#steps.set(item, step)
    if (item.client !== '') addTo(this.#ofClient, item.client, step)
    if (this.#keepsPlaces) {
      addTo(this.#at, item.place, step)
      for (const place of places.slice(0, -1)) addTo(this.#below, place, step)
    }
    return step.waitsFor.size === 0
  }

  /** It was answered, or is not to be sent: those that waited for nothing else. */
  finished(item: Item): Item[] {
    const step = this.#steps.get(item)
    if (step === undefined) return []
    this.#steps.delete(item)
    if (item.client !== '') takeFrom(this.#ofClient, item.client, step)
    if (this.#keepsPlaces) {
      takeFrom(this.#at, item.place, step)
      for (const place of step.places.slice(0, -1)) takeFrom(this.#below, place, step)
    }
    const ready: Item[] = []
    for (const next of step.behind) {
      next.waitsFor.delete(step)
      if (next.waitsFor.size === 0) ready.push(next.item)
    }
    return ready
  }

  *#before({ item, places }: Step<Item>): Generator<Step<Item>> {
    if (item.client !== '') {
      // What a client had under way at the same time it did not wait for.
      for (const step of this.#ofClient.get(item.client) ?? []) if (step.item.endedAt <= item.at) yield step
    }
    if (!this.#keepsPlaces) return
    for (const place of places)
      for (const step of this.#at.get(place) ?? []) if (item.isWrite || step.item.isWrite) yield step
    for (const step of this.#below.get(item.place) ?? []) if (item.isWrite || step.item.isWrite) yield step
  }
}

function addTo<Value>(sets: Map<string, Set<Value>>, key: string, value: Value): void {
  const set = sets.get(key)
  if (set === undefined) sets.set(key, new Set([value]))
  else set.add(value)
}

function takeFrom<Value>(sets: Map<string, Set<Value>>, key: string, value: Value): void {
  const set = sets.get(key)
  if (set === undefined) return
  set.delete(value)
  if (set.size === 0) sets.delete(key)
}
