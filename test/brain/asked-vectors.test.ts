import t from 'tap'
import { AskedVectors } from '../../brain/asked-vectors.js'

const embedded = (name: string) => ({ embedder: 'e', vectors: [Float32Array.of(name.length)] })

t.test('a text is embedded once, also while it is still being embedded', async t => {
  const asked = new AskedVectors(10)
  let calls = 0
  const embed = async () => {
    calls += 1
    return embedded('x')
  }
  const [first, second] = await Promise.all([asked.of('a', embed), asked.of('a', embed)])
  t.equal(first, second)
  t.equal(await asked.of('a', embed), first)
  t.equal(calls, 1)
  asked.clear()
  await asked.of('a', embed)
  t.equal(calls, 2)
})

t.test('a failure is not remembered', async t => {
  const asked = new AskedVectors(10)
  await t.rejects(asked.of('a', () => Promise.reject(new Error('down'))))
  t.same(await asked.of('a', async () => embedded('yes')), embedded('yes'))
})

t.test('bounded: what was not asked for longest goes', async t => {
  const asked = new AskedVectors(2)
  const embedder = (name: string) => async () => embedded(name)
  await asked.of('a', embedder('a'))
  await asked.of('b', embedder('b'))
  await asked.of('a', embedder('no'))
  await asked.of('c', embedder('c'))
  t.same(await asked.of('a', embedder('again')), embedded('a'))
  t.same(await asked.of('b', embedder('again')), embedded('again'))
})
