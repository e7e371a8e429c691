import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { openEmbedder } from '../../brain/model.js'
import { missingModelFiles, modelFiles, modelFolder } from '../../brain/model-files.js'

const modelDir = process.env.CHAOS_MODEL_DIR ?? ''
const skip =
  modelDir === '' || (await missingModelFiles(modelDir)).length > 0
    ? 'CHAOS_MODEL_DIR does not point to the model'
    : false

t.test('without a model auto is lexical and says why, transformer is an error that says what to do', async t => {
  const empty = t.testdir({})
  const embedder = await openEmbedder({ choice: 'auto', modelDir: empty })
  t.equal(embedder.name, 'lexical-384')
  t.match(embedder.reason, modelFolder(empty))
  await t.rejects(openEmbedder({ choice: 'transformer', modelDir: empty }), {
    message: /config\.json.*npm run fetch-model/,
  })
  t.match(await openEmbedder({ choice: 'lexical', modelDir: empty }), { name: 'lexical-384', reason: '' })
})

t.test('a damaged model is said to be one', async t => {
  const damaged = t.testdir({})
  for (const file of modelFiles) {
    await mkdir(dirname(join(modelFolder(damaged), file)), { recursive: true })
    await writeFile(join(modelFolder(damaged), file), '{}')
  }
  await t.rejects(openEmbedder({ choice: 'transformer', modelDir: damaged }), { message: /does not load/ })
  t.match(await openEmbedder({ choice: 'auto', modelDir: damaged }), { name: 'lexical-384', reason: /does not load/ })
})

t.test('the transformer knows meaning', { skip }, async t => {
  const embedder = await openEmbedder({ choice: 'auto', modelDir })
  t.match(embedder, { name: 'all-MiniLM-L6-v2-q8', dimensions: 384, reason: '' })
  t.same(await embedder.embed([]), [])
  const texts = [
    'car insurance',
    'automobile insurance',
    'weather in paris',
    '',
    '鞋',
    'x '.repeat(2000),
    ...Array.from({ length: 40 }, (_, i) => `text ${i}`),
  ]
  const vectors = await embedder.embed(texts)
  t.equal(vectors.length, texts.length)
  for (const vector of vectors)
    t.ok(vector.length === 384 && vector.buffer.byteLength === 4 * 384 && Math.abs(Math.hypot(...vector) - 1) < 1e-3)
  const cosine = (i: number, j: number) =>
    vectors[i]!.reduce((sum, component, k) => sum + component * vectors[j]![k]!, 0)
  t.ok(cosine(0, 1) > 0.9, `same meaning: ${cosine(0, 1)}`)
  t.ok(cosine(0, 2) < 0.3, `other meaning: ${cosine(0, 2)}`)
  // Its neighbours in a batch do not change a vector beyond what 8-bit weights round.
  const [alone] = await embedder.embed(['text 39'])
  t.ok(alone!.reduce((sum, component, k) => sum + component * vectors.at(-1)![k]!, 0) > 0.98)
})
