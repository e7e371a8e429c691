// thread: main
// What was captured and is for the learner of this instance alone: answers that say `no-store` and are kept all the same
// (CHAOS_GHOST_HONOUR=ignore-no-store). Neither other instances nor the history are told of them. Pure.
import { saysNoStore } from '../contract/cache-control.js'
import { exchangeFrames } from '../contract/exchange-wire.js'

/** Captured exchanges as they travel, see exchange-wire.ts. */
export interface CapturedBatch {
  readonly bytes: ArrayBuffer
  readonly count: number
}

/** Without what is withheld; the same batch, not a copy, where nothing is. */
export function withoutNoStore(batch: CapturedBatch): CapturedBatch {
  const frames = [...exchangeFrames(Buffer.from(batch.bytes))]
  const told = frames.filter(({ head }) => !saysNoStore(head.headers))
  if (told.length === frames.length) return batch
  const bytes = new ArrayBuffer(told.reduce((sum, { frame }) => sum + frame.length, 0))
  const out = Buffer.from(bytes)
  let at = 0
  for (const { frame } of told) {
    out.set(frame, at)
    at += frame.length
  }
  return { bytes, count: told.length }
}
