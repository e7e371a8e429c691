// thread: embed
// A Piscina worker: texts in, vectors out. The embedder is opened with the first task.
import { workerData } from 'node:worker_threads'
import { move, transferableSymbol, valueSymbol } from 'piscina'
import type { EmbedderChoice } from './embedder.js'
import { type Embedder, openEmbedder } from './model.js'

/** Piscina's option `workerData`. */
export interface EmbedWorkerData {
  readonly choice: EmbedderChoice
  readonly modelDir: string
}

/** `reopen`: look again for the model, which may have arrived since. */
export type EmbedTask = { readonly texts: readonly string[] } | { readonly reopen: true }

export interface Embedded {
  /** Name of the embedder; vectors of another one are not comparable. */
  readonly embedder: string
  /** Moved to this thread, each in a buffer of its own. */
  readonly vectors: Float32Array[]
}

export interface EmbedderOpened {
  readonly embedder: string
  /** Why it is not the transformer; '' where it is, or was not asked for. */
  readonly reason: string
}

const options = workerData as EmbedWorkerData
let opening: Promise<Embedder> | undefined

export default function embed(task: { readonly texts: readonly string[] }): Promise<Embedded>
export default function embed(task: { readonly reopen: true }): Promise<EmbedderOpened>
export default async function embed(task: EmbedTask): Promise<Embedded | EmbedderOpened> {
  if ('reopen' in task) {
    const { name, reason } = await open(true)
    return { embedder: name, reason }
  }
  const embedder = await open(false)
  const vectors = await embedder.embed(task.texts)
  const answer: Embedded = { embedder: embedder.name, vectors }
  return move({
    [transferableSymbol]: vectors.map(vector => vector.buffer),
    [valueSymbol]: answer,
  } as never) as unknown as Embedded
}

/** An embedder that did not open is tried again with the next task. */
async function open(again: boolean): Promise<Embedder> {
  const before = await opening?.catch(() => undefined)
  // The transformer does not get better by loading it twice.
  if (before !== undefined && (!again || before.reason === '')) return before
  opening = openEmbedder(options)
  return await opening
}
