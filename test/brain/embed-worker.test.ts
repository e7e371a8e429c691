import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import t from 'tap'
import type { Embedded, EmbedderOpened, EmbedTask, EmbedWorkerData } from '../../brain/embed.worker.js'
import { missingModelFiles } from '../../brain/model-files.js'

const modelDir = process.env.CHAOS_MODEL_DIR ?? ''
const skip =
  modelDir === '' || (await missingModelFiles(modelDir)).length > 0
    ? 'CHAOS_MODEL_DIR does not point to the model'
    : false

function openPool(t: { teardown(close: () => Promise<void>): void }, workerData: EmbedWorkerData) {
  const pool = new Piscina({
    filename: fileURLToPath(new URL('../../brain/embed.worker.js', import.meta.url)),
    maxThreads: 1,
    workerData,
  })
  t.teardown(() => pool.destroy())
  return {
    embed: (texts: string[]) => pool.run({ texts } satisfies EmbedTask) as Promise<Embedded>,
    reopen: () => pool.run({ reopen: true } satisfies EmbedTask) as Promise<EmbedderOpened>,
  }
}

t.test('embeds by words while there is no model', async t => {
  const pool = openPool(t, { choice: 'auto', modelDir: t.testdir({}) })
  const { embedder, vectors } = await pool.embed(['red shoes', 'shoes red'])
  t.equal(embedder, 'lexical-384')
  t.equal(vectors.length, 2)
  t.ok(
    vectors.every(
      vector => vector instanceof Float32Array && vector.length === 384 && vector.buffer.byteLength === 4 * 384,
    ),
  )
  t.match(await pool.reopen(), { embedder: 'lexical-384', reason: /npm run fetch-model/ })
  t.same(await pool.embed([]), { embedder: 'lexical-384', vectors: [] })
})

t.test('a thread whose embedder does not open goes on trying', async t => {
  const pool = openPool(t, { choice: 'transformer', modelDir: t.testdir({}) })
  await t.rejects(pool.embed(['red shoes']), { message: /npm run fetch-model/ })
  await t.rejects(pool.reopen(), { message: /npm run fetch-model/ })
})

t.test('takes the model that arrives later', { skip }, async t => {
  const later = t.testdir({})
  const pool = openPool(t, { choice: 'auto', modelDir: later })
  t.equal((await pool.embed(['red shoes'])).embedder, 'lexical-384')
  await symlink(join(modelDir, 'Xenova'), join(later, 'Xenova'))
  t.equal((await pool.embed(['red shoes'])).embedder, 'lexical-384', 'not before it is told to look')
  t.same(await pool.reopen(), { embedder: 'all-MiniLM-L6-v2-q8', reason: '' })
  t.equal((await pool.embed(['red shoes'])).embedder, 'all-MiniLM-L6-v2-q8')
})
