// thread: main
// The door to reports on outages that did not happen: one at a time, in a thread that is made for it and bounded in time and
// memory. Nothing here waits.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { HistoryQuery, HistoryReply } from '../contract/history.js'
import type { RouteRules } from '../contract/route-policy.js'
import type { MainToWhatIf, WhatIfQuery, WhatIfReply, WhatIfToMain, WhatIfWorkerData } from '../contract/whatif.js'

export interface WhatIfParts {
  readonly data: Omit<WhatIfWorkerData, 'at' | 'until' | 'acceptable' | 'folder' | 'routeRules'>
  /** In force when somebody asks. */
  readonly routeRules: () => RouteRules
  /** For what is learned meanwhile; whatever is in it is removed. */
  readonly folder: string
  /** Never rejects. */
  readonly askHistory: (query: HistoryQuery) => Promise<HistoryReply>
  /** Longest time for one. */
  readonly withinMs?: number
}

const WITHIN_MS = 120_000
const MAX_HEAP_MIB = 768

export class WhatIf {
  readonly #parts: WhatIfParts
  /** The one that is made just now. */
  #running: { readonly name: string; readonly reply: Promise<WhatIfReply>; readonly end: () => void } | undefined
  #number = 0

  constructor(parts: WhatIfParts) {
    this.#parts = parts
    rmSync(parts.folder, { recursive: true, force: true })
  }

  /** Never rejects. Who asks the same while it is being made gets the same. */
  ask({ at, until, acceptable = this.#parts.data.rules.minConfidence }: WhatIfQuery): Promise<WhatIfReply> {
    const name = `${at} ${until} ${acceptable}`
    if (this.#running !== undefined) return this.#running.name === name ? this.#running.reply : Promise.resolve('busy')
    const { reply, end } = this.#make({ at, until, acceptable })
    this.#running = { name, reply, end }
    return reply.finally(() => {
      this.#running = undefined
    })
  }

  close(): void {
    this.#running?.end()
  }

  #make(query: Required<WhatIfQuery> & { acceptable: number }): { reply: Promise<WhatIfReply>; end: () => void } {
    const { askHistory, data, folder, routeRules, withinMs = WITHIN_MS } = this.#parts
    const startedTick = performance.now()
    this.#number += 1
    const own = join(folder, String(this.#number))
    let end = (): void => {}
    const reply = new Promise<WhatIfReply>(resolve => {
      let worker: Worker
      try {
        mkdirSync(own, { recursive: true, mode: 0o700 })
        worker = new Worker(new URL('./whatif.worker.js', import.meta.url), {
          workerData: { ...data, ...query, routeRules: routeRules(), folder: own } satisfies WhatIfWorkerData,
          resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
        })
      } catch (error) {
        resolve({ unanswered: `it cannot be worked out: ${(error as Error).message}` })
        return
      }
      let settled: WhatIfReply | undefined
      const giveUp = (because: string): void => {
        settled ??= { unanswered: because }
        void worker.terminate()
      }
      const timer = setTimeout(
        () => giveUp(`it takes longer than ${withinMs / 1000} s; ask for a shorter time`),
        withinMs,
      )
      end = () => giveUp('the proxy stops')
      worker.on('message', (message: WhatIfToMain) => {
        switch (message.kind) {
          case 'ask':
            void askHistory(message.query).then(told => {
              const answer: MainToWhatIf = { askId: message.askId, reply: told }
              worker.postMessage(answer, told.kind === 'captures' ? [told.bytes] : [])
            })
            break
          case 'done':
            settled ??= { ...message.report, tookMs: Math.round(performance.now() - startedTick) }
            break
          case 'failed':
            settled ??= { unanswered: message.because }
            break
        }
      })
      worker.on('error', error => {
        settled ??= { unanswered: `it could not be worked out: ${error.message}` }
      })
      // Not before: what it learned is gone by then.
      worker.on('exit', () => {
        clearTimeout(timer)
        rmSync(own, { recursive: true, force: true })
        resolve(settled ?? { unanswered: 'its thread ended before it was done' })
      })
    })
    return { reply, end: () => end() }
  }
}
