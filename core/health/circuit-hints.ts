// thread: main
// What other instances say of the same upstreams. A hint and no more: no circuit opens by it, but one that another has open
// opens here after fewer failures; and one that closes there may be tried here.
import type { Clock } from '../clock/clock.js'
import type { SharedCircuits } from '../contract/shared.js'
import { UPSTREAM_NAME } from './route-circuits.js'

/** What is not said again within so long does not hold any more. */
const HOLDS_MS = 3000
/** Instances, and circuits of each, that are listened to. */
const MAX_INSTANCES = 256
const MAX_CIRCUITS = 1024

interface Said {
  readonly open: ReadonlySet<string>
  readonly at: number
}

export interface CircuitHintsParts {
  readonly clock: Clock
  /** Names the upstreams of this instance. */
  readonly upstreams: () => string
  /** Another instance reaches the upstream again. */
  readonly onRecovery: () => void
}

export class CircuitHints {
  readonly #parts: CircuitHintsParts
  readonly #said = new Map<string, Said>()

  constructor(parts: CircuitHintsParts) {
    this.#parts = parts
  }

  hear({ by, upstreams, open }: SharedCircuits): void {
    const before = this.#said.get(by)
    this.#said.delete(by)
    if (upstreams !== this.#parts.upstreams()) return
    const names = new Set(open.slice(0, MAX_CIRCUITS))
    if (names.size > 0 && this.#said.size < MAX_INSTANCES)
      this.#said.set(by, { open: names, at: this.#parts.clock.now() })
    if (before?.open.has(UPSTREAM_NAME) === true && !names.has(UPSTREAM_NAME)) this.#parts.onRecovery()
  }

  /** Names of circuits that others have open just now. */
  open(): ReadonlySet<string> {
    if (this.#said.size === 0) return none
    const now = this.#parts.clock.now()
    const names = new Set<string>()
    for (const [by, { open, at }] of this.#said) {
      // Either way: the clock may have gone back.
      if (Math.abs(now - at) > HOLDS_MS) this.#said.delete(by)
      else for (const name of open) names.add(name)
    }
    return names
  }
}

const none: ReadonlySet<string> = new Set()
