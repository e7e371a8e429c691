// thread: main
// What all edges told of requests, put together until the next tick takes it.
import type { LiveRequest, TailBatch } from '../contract/live.js'

/** Waiting to be taken; where nobody takes them in time the oldest make room. */
const MAX_REQUESTS = 120

export class LiveTail {
  #requests: LiveRequest[] = []
  #counts: number[] = []
  #confidences: number[] = []

  add({ requests, counts, confidences }: TailBatch): void {
    this.#requests.push(...requests)
    if (this.#requests.length > MAX_REQUESTS) this.#requests.splice(0, this.#requests.length - MAX_REQUESTS)
    addTo(this.#counts, counts)
    addTo(this.#confidences, confidences)
  }

  take(): TailBatch {
    const taken = {
      requests: this.#requests.sort((a, b) => a.at - b.at),
      counts: this.#counts,
      confidences: this.#confidences,
    }
    this.#requests = []
    this.#counts = []
    this.#confidences = []
    return taken
  }
}

function addTo(sums: number[], more: readonly number[]): void {
  more.forEach((count, i) => {
    sums[i] = (sums[i] ?? 0) + count
  })
}
