// thread: main of a process that is no proxy
// The process in which `chaos-proxy doctor` tries one part: a binary that does not fit ends this process and no other. Told by a
// message what to look at, answers by one, and is ended by whoever asked.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openHnsw } from '../brain/index/hnsw.js'
import { libraryProblem, openEmbedder } from '../brain/model.js'
import { missingModelFiles, modelFolder } from '../brain/model-files.js'
import type { ExaminationSettings, Examined, ExaminedPart } from './commands/doctor/examination.js'
import { loadUws } from './front/uws-loader.js'
import { openDuckDb } from './history/duckdb.js'
import { StoreError } from './history/engine.js'
import { lookAtPostgres } from './history/postgres-look.js'
import { MemoryError, openScanner, openWriter } from './memory/lmdb.js'
import { lookAtRedis } from './shared/redis-look.js'

const reinstall = 'install the packages anew for this system: npm ci'
const MIB = 2 ** 20

const parts: Readonly<Record<ExaminedPart, (settings: ExaminationSettings) => Promise<Examined>>> = {
  'uWebSockets.js': async ({ maxHeaderBytes }) => {
    const loaded = await loadUws(maxHeaderBytes)
    if (!loaded.ok) return { kind: 'failed', says: `no binary loads: ${loaded.because}`, remedy: reinstall }
    return { kind: 'fine', says: `${loaded.from} loads` }
  },
  lmdb: () =>
    inFolder(async folder => {
      const memory = openWriter(folder, { maxBytes: MIB })
      await memory.batch(() => memory.putState('doctor', '"was here"'))
      const read = memory.state('doctor')
      await memory.close()
      return read === '"was here"'
        ? { kind: 'fine', says: 'loads, writes and reads' }
        : { kind: 'failed', says: 'what was written does not come back', remedy: reinstall }
    }),
  'hnswlib-node': async () => {
    const index = openHnsw(1)
    if (index.kind === 'exact')
      return { kind: 'failed', says: index.reason?.replace(/: vectors .*/, '') ?? '', remedy: reinstall }
    for (let i = 0; i < 4; i++) index.add(`${i}`, 'part', Float32Array.from([i === 2 ? 1 : 0, 1, i]))
    const [nearest] = index.search('part', Float32Array.from([1, 1, 2]), 1)
    return nearest?.id === '2'
      ? { kind: 'fine', says: 'loads and finds what is near' }
      : { kind: 'failed', says: 'it loads and does not find what is near', remedy: reinstall }
  },
  DuckDB: () =>
    inFolder(async folder => {
      const engine = await openDuckDb(join(folder, 'history.duckdb'))
      const [row] = await engine.rows<{ version: string }>('SELECT version() AS version')
      await engine.close()
      return { kind: 'fine', says: `${row!.version} loads, writes and reads` }
    }),
  onnxruntime: async () => {
    const problem = await libraryProblem()
    return problem === ''
      ? { kind: 'fine', says: 'loads' }
      : { kind: 'failed', says: problem, remedy: `${reinstall}, or set CHAOS_EMBEDDER=lexical` }
  },
  model: async ({ modelDir }) => {
    const missing = await missingModelFiles(modelDir)
    const folder = modelFolder(modelDir)
    const remedy = 'run npm run fetch-model, or set CHAOS_MODEL_DIR to where it lies'
    if (missing.length > 0)
      return { kind: 'failed', says: `it is not in ${folder} (missing: ${missing.join(', ')})`, remedy }
    const { name } = await openEmbedder({ choice: 'transformer', modelDir })
    return { kind: 'fine', says: `${name} in ${folder} embeds` }
  },
  memory: async ({ memoryDir, memoryKeys }) => {
    if (!existsSync(join(memoryDir, 'memory.mdb'))) return { kind: 'fine', says: 'nothing was learned yet' }
    const scanner = openScanner(memoryDir, memoryKeys)
    const routes = (JSON.parse(scanner.state('knowledge') ?? '[]') as unknown[]).length
    await scanner.close()
    return {
      kind: 'fine',
      says: `${memoryDir} can be read, ${routes} ${routes === 1 ? 'route is' : 'routes are'} known`,
    }
  },
  Redis: async ({ redisUrl, redisPrefix }) => {
    const { says, hasSearch, problem } = await lookAtRedis(redisUrl, redisPrefix, String(process.pid))
    if (problem !== undefined) {
      // What is wrong stands before what to do about it, and what Redis said in brackets between.
      const [, what = problem.says, remedy = 'see what it logs'] =
        /^(.*?\)): (.*)$/.exec(problem.says) ?? /^(.*): (.*)$/.exec(problem.code === 'failed' ? '' : problem.says) ?? []
      return { kind: 'failed', says: what, remedy }
    }
    if (hasSearch) return { kind: 'fine', says: `${says}, with search` }
    return {
      kind: 'lacking',
      says: `${says}, without search: matches by meaning stay local`,
      remedy: 'use redis:8 or Redis Stack, or load the search module',
    }
  },
  PostgreSQL: async ({ postgresUrl }) => {
    const { says, hint } = await lookAtPostgres(postgresUrl)
    return hint === '' ? { kind: 'fine', says } : { kind: 'lacking', says, remedy: hint }
  },
}

async function inFolder(work: (folder: string) => Promise<Examined>): Promise<Examined> {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-doctor-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function failureOf(error: unknown): Examined {
  const message = error instanceof Error ? error.message.split('\n')[0]! : String(error)
  if (error instanceof StoreError) return { kind: 'failed', says: message, remedy: error.remedy }
  if (error instanceof MemoryError)
    return { kind: 'failed', says: message.replace(`: ${error.remedy}`, ''), remedy: error.remedy }
  return { kind: 'failed', says: message, remedy: reinstall }
}

process.once('message', (settings: ExaminationSettings) => {
  parts[process.argv[2] as ExaminedPart](settings)
    .catch(failureOf)
    .then(examined => process.send?.(examined))
})
