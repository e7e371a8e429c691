// thread: edge
// What the edges tell of requests while somebody watches: all of them counted, a few of them shown. Where nobody watches there
// is none of this.

import { type Tier, tiers } from '../contract/ghost.js'
import {
  type AnsweredBy,
  answeredBy,
  CONFIDENCE_STEPS,
  type LiveRequest,
  statusClasses,
  type TailBatch,
} from '../contract/live.js'
import type { Redactor } from './redact.js'

export interface TailEntry {
  readonly method: string
  readonly path: string
  readonly query: string | undefined
  readonly route: string | undefined
  /** 0: nothing was sent. */
  readonly status: number
  readonly by: AnsweredBy
  /** Undefined: no ghost answered. */
  readonly confidence: number | undefined
  readonly tookMs: number
  readonly fault: string | undefined
}

export interface TailParts {
  readonly redactor: Pick<Redactor, 'text'>
  /** Epoch ms. */
  readonly now: () => number
  /** Shown of those between two flushes. What is not live has as many places again: it is what people look for. */
  readonly places: number
}

const MAX_TARGET = 160
const MAX_NAME = 40
const MAX_NAMES = 8

export class Tail {
  readonly #parts: TailParts
  #requests: LiveRequest[] = []
  #live = 0
  #counts = new Array<number>(answeredBy.length * statusClasses.length).fill(0)
  #confidences = new Array<number>(tiers.length * CONFIDENCE_STEPS).fill(0)
  #any = false

  constructor(parts: TailParts) {
    this.#parts = parts
  }

  note(entry: TailEntry): void {
    const { places } = this.#parts
    const { by, status, confidence } = entry
    this.#any = true
    const at = answeredBy.indexOf(by) * statusClasses.length + Math.min(5, Math.floor(status / 100))
    this.#counts[at]! += 1
    if (confidence !== undefined) {
      const step = Math.min(CONFIDENCE_STEPS - 1, Math.max(0, Math.floor(confidence * CONFIDENCE_STEPS)))
      const tier = tiers.indexOf(by as Tier)
      if (tier >= 0) this.#confidences[tier * CONFIDENCE_STEPS + step]! += 1
    }
    if (by === 'live' ? this.#live >= places : this.#requests.length - this.#live >= places) return
    if (by === 'live') this.#live += 1
    this.#requests.push(this.#shown(entry))
  }

  /** Undefined: nothing happened since the last time. */
  take(): TailBatch | undefined {
    if (!this.#any) return undefined
    const batch = { requests: this.#requests, counts: this.#counts, confidences: this.#confidences }
    this.#requests = []
    this.#live = 0
    this.#counts = new Array<number>(batch.counts.length).fill(0)
    this.#confidences = new Array<number>(batch.confidences.length).fill(0)
    this.#any = false
    return batch
  }

  #shown({ method, path, query, route, status, by, confidence, tookMs, fault }: TailEntry): LiveRequest {
    const { redactor, now } = this.#parts
    return {
      at: now(),
      method: method.slice(0, MAX_NAME),
      target: shortened(redactor.text(path), MAX_TARGET) + namesOf(query),
      route: route ?? null,
      status,
      by,
      confidence: confidence ?? null,
      tookMs: Math.round(tookMs * 1000) / 1000,
      fault: fault ?? '',
    }
  }
}

/** `?page=…&q=…`: values may be anybody's. What has no name is a value. */
function namesOf(query: string | undefined): string {
  if (query === undefined || query === '') return ''
  const parts = query.split('&', MAX_NAMES + 1)
  const names = parts
    .slice(0, MAX_NAMES)
    .map(part => (part.includes('=') ? `${shortened(part.slice(0, part.indexOf('=')), MAX_NAME)}=…` : '…'))
  return `?${names.join('&')}${parts.length > MAX_NAMES ? '&…' : ''}`
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}
