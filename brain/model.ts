// thread: any
// Owner of @huggingface/transformers. Only text is embedded: package.json leaves out the parts for browsers and images.
import { resolve, sep } from 'node:path'
import type { Embedder, EmbedderChoice } from './embedder.js'
import { openLexical } from './lexical.js'
import { MODEL_DIMENSIONS, MODEL_ID, missingModelFiles, modelFolder } from './model-files.js'

export type { Embedder, EmbedderChoice } from './embedder.js'

/** More texts at once take memory and save nothing. */
const BATCH_TEXTS = 32
/** All texts of a batch are padded to the longest: a few long ones are as much work as many short ones. */
const BATCH_CHARS = 2048

/** The part of the library that is used; the package is optional, so its own types may be missing. */
interface Transformers {
  env: {
    remoteHost: string
    allowRemoteModels: boolean
    allowLocalModels: boolean
    localModelPath: string
    cacheDir: string
    useFSCache: boolean
    fetch: typeof fetch
  }
  pipeline(
    task: 'feature-extraction',
    model: string,
    options: { dtype: 'q8'; device: 'cpu'; session_options: { intraOpNumThreads: number; interOpNumThreads: number } },
  ): Promise<Pipeline>
}
interface Pipeline {
  (texts: string[], options: { pooling: 'mean'; normalize: true }): Promise<{ data: Float32Array; dims: number[] }>
  dispose(): Promise<unknown>
}

/**
 * Rejects only for the choice `transformer`, with an Error whose message says what to do. Where `auto` takes the lexical
 * embedder, `reason` of what it answers says why.
 */
export async function openEmbedder(options: { choice: EmbedderChoice; modelDir: string }): Promise<Embedder> {
  if (options.choice === 'lexical') return openLexical('')
  const because = await tryTransformer(options.modelDir)
  if (typeof because !== 'string') return because
  if (options.choice === 'transformer') throw new Error(because)
  return openLexical(because)
}

async function tryTransformer(modelDir: string): Promise<Embedder | string> {
  const missing = await missingModelFiles(modelDir)
  if (missing.length > 0) {
    return `the embedding model is not in ${modelFolder(resolve(modelDir))} (missing: ${missing.join(', ')}): run \`npm run fetch-model\`, or set CHAOS_MODEL_DIR to where it lies`
  }
  try {
    return await openTransformer(modelDir)
  } catch (error) {
    return `the embedding model in ${modelFolder(resolve(modelDir))} does not load: ${firstLine(error)}`
  }
}

async function openTransformer(modelDir: string): Promise<Embedder> {
  const { env, pipeline } = await loadLibrary()
  env.allowLocalModels = true
  env.allowRemoteModels = false
  env.localModelPath = resolve(modelDir) + sep
  const extract = await pipeline('feature-extraction', MODEL_ID, pipelineOptions)
  const embedder: Embedder = {
    name: 'all-MiniLM-L6-v2-q8',
    dimensions: MODEL_DIMENSIONS,
    reason: '',
    embed: async texts => {
      const vectors: Float32Array[] = new Array(texts.length)
      for (const batch of batchesOf(texts)) {
        const { data } = await extract(
          batch.map(i => texts[i]!),
          { pooling: 'mean', normalize: true },
        )
        // Copies: each vector may be moved to another thread without the others.
        batch.forEach((i, k) => {
          vectors[i] = data.slice(k * MODEL_DIMENSIONS, (k + 1) * MODEL_DIMENSIONS)
        })
      }
      return vectors
    },
  }
  const [probe] = await embedder.embed(['ping'])
  const length = Math.hypot(...(probe ?? []))
  if (probe?.length !== MODEL_DIMENSIONS || !(Math.abs(length - 1) < 0.01)) {
    await extract.dispose()
    throw new Error(`it is not ${MODEL_ID}: a text becomes ${probe?.length ?? 0} numbers of length ${length}`)
  }
  return embedder
}

/** Places in `texts`, shortest texts first, so that one long text does not make the others wait. */
function* batchesOf(texts: readonly string[]): Generator<number[]> {
  const byLength = [...texts.keys()].sort((a, b) => texts[a]!.length - texts[b]!.length)
  let batch: number[] = []
  for (const i of byLength) {
    if (batch.length === BATCH_TEXTS || (batch.length > 0 && (batch.length + 1) * texts[i]!.length > BATCH_CHARS)) {
      yield batch
      batch = []
    }
    batch.push(i)
  }
  if (batch.length > 0) yield batch
}

/** The rest of the cores belongs to the edges. */
const pipelineOptions = {
  dtype: 'q8',
  device: 'cpu',
  session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
} as const

async function loadLibrary(): Promise<Transformers> {
  // A name in a variable: the compiler must not ask for a package that may have been left out.
  const name: string = '@huggingface/transformers'
  try {
    return (await import(name)) as Transformers
  } catch (error) {
    throw new Error(`the package ${name} is not usable here (${firstLine(error)})`)
  }
}

/** '' where the library and its binary load here, else why they do not. */
export async function libraryProblem(): Promise<string> {
  try {
    await loadLibrary()
    return ''
  } catch (error) {
    return firstLine(error)
  }
}

export interface DownloadBounds {
  readonly firstByteMs: number
  readonly totalMs: number
  /** Another hub than the library's own, with a slash at its end. */
  readonly host?: string
}

/**
 * The library's own download from the model hub, laid out below `intoDir`. Rejects where a file does not begin to arrive
 * within `firstByteMs`, or all have not within `totalMs`. For a process of its own: it changes settings of the library.
 */
export async function downloadModel(intoDir: string, bounds: DownloadBounds): Promise<void> {
  const { env, pipeline } = await loadLibrary()
  const plainFetch = env.fetch
  const total = AbortSignal.timeout(bounds.totalMs)
  env.allowLocalModels = false
  env.allowRemoteModels = true
  env.useFSCache = true
  env.cacheDir = resolve(intoDir) + sep
  if (bounds.host !== undefined) env.remoteHost = bounds.host
  env.fetch = async (input, init) => {
    const first = new AbortController()
    const timer = setTimeout(
      () => first.abort(new Error(`the model hub did not answer within ${bounds.firstByteMs} ms`)),
      bounds.firstByteMs,
    )
    try {
      return await plainFetch(input, { ...init, signal: AbortSignal.any([first.signal, total]) })
    } finally {
      clearTimeout(timer)
    }
  }
  try {
    const extract = await pipeline('feature-extraction', MODEL_ID, pipelineOptions)
    await extract.dispose()
  } finally {
    env.fetch = plainFetch
  }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n', 1)[0]!
}
