// What every vector index must do; see vector-index.test.ts.
import type t from 'tap'
import type { Neighbour, VectorIndex } from '../../../brain/index/vector-index.js'
import { seededRandom } from '../../support/random.js'

/** Unit vectors that lie in clusters, as embeddings do; the same in every run. */
export function clusteredVectors(count: number, dimensions: number, clusters: number, seed = 1): Float32Array[] {
  const next = seededRandom(seed)
  const random = () => next() - 0.5
  const centres = Array.from({ length: clusters }, () => Float32Array.from({ length: dimensions }, random))
  return Array.from({ length: count }, (_, i) => {
    const vector = centres[i % clusters]!.map(component => component + random())
    const length = Math.hypot(...vector)
    return vector.map(component => component / length)
  })
}

type Tap = Pick<typeof t, 'test'>

/** Of all implementations, whether they answer at once or over the network. */
export interface AskedIndex {
  size(): Promise<number>
  add(id: string, partition: string, vector: Float32Array): Promise<void>
  remove(id: string): Promise<void>
  search(partition: string, vector: Float32Array, limit: number): Promise<Neighbour[]>
}

export function asked(index: VectorIndex): AskedIndex {
  return {
    size: async () => index.size,
    add: async (...of) => index.add(...of),
    remove: async id => index.remove(id),
    search: async (...of) => index.search(...of),
  }
}

/** A few at a time: over the network none of them may wait for long. As `v0`, `v1`, … */
export async function addAll(index: AskedIndex, partition: string, vectors: readonly Float32Array[]): Promise<void> {
  const atOnce = 50
  for (let at = 0; at < vectors.length; at += atOnce)
    await Promise.all(vectors.slice(at, at + atOnce).map((vector, i) => index.add(`v${at + i}`, partition, vector)))
}

export interface SuiteOptions {
  readonly skip?: string | false
}

/** `open` is called with the test that it is for. */
export function vectorIndexSuite(
  t: Tap,
  name: string,
  open: (t: { teardown(fn: () => unknown): void }) => Promise<AskedIndex>,
  { skip = false }: SuiteOptions = {},
): void {
  t.test(`${name}: finds what was added, nearest first`, { skip }, async t => {
    const index = await open(t)
    await index.add('north', 'p', Float32Array.of(0, 2))
    await index.add('east', 'p', Float32Array.of(3, 0))
    await index.add('south', 'p', Float32Array.of(0, -1))
    t.equal(await index.size(), 3)
    const found = await index.search('p', Float32Array.of(0.1, 5), 2)
    t.same(
      found.map(({ id }) => id),
      ['north', 'east'],
    )
    t.ok(found[0]!.similarity > 0.99 && found[0]!.similarity <= 1)
    t.ok(Math.abs((await index.search('p', Float32Array.of(0, 1), 9))[2]!.similarity + 1) < 1e-6)
    t.same(await index.search('p', Float32Array.of(0, 1), 0), [])
  })

  t.test(`${name}: never looks into another partition`, { skip }, async t => {
    const index = await open(t)
    await index.add('mine', 'p', Float32Array.of(1, 0))
    await index.add('yours', 'q', Float32Array.of(0, 1))
    t.same(
      (await index.search('p', Float32Array.of(0, 1), 10)).map(({ id }) => id),
      ['mine'],
    )
    t.same(await index.search('nowhere', Float32Array.of(0, 1), 10), [])
  })

  t.test(
    `${name}: replaces an id, also from one partition to another, and forgets a removed one`,
    { skip },
    async t => {
      const index = await open(t)
      await index.add('a', 'p', Float32Array.of(1, 0))
      await index.add('a', 'p', Float32Array.of(0, 1))
      t.equal(await index.size(), 1)
      t.ok((await index.search('p', Float32Array.of(0, 1), 1))[0]!.similarity > 0.999)
      await index.add('a', 'q', Float32Array.of(1, 1))
      t.same(await index.search('p', Float32Array.of(0, 1), 1), [])
      t.equal((await index.search('q', Float32Array.of(0, 1), 1))[0]!.id, 'a')
      await index.remove('a')
      await index.remove('a')
      await index.remove('unknown')
      t.equal(await index.size(), 0)
      t.same(await index.search('q', Float32Array.of(0, 1), 1), [])
    },
  )

  t.test(`${name}: copies the vector, and refuses one that does not fit`, { skip }, async t => {
    const index = await open(t)
    const vector = Float32Array.of(1, 0)
    await index.add('a', 'p', vector)
    vector.set([0, 1])
    t.ok((await index.search('p', Float32Array.of(1, 0), 1))[0]!.similarity > 0.999)
    await t.rejects(index.add('b', 'p', Float32Array.of(1, 0, 0)), RangeError)
    await t.rejects(index.add('b', 'q', Float32Array.of(1, 0, 0)), RangeError)
    await t.rejects(index.add('b', 'p', Float32Array.of(Number.NaN, 0)), RangeError)
    await t.rejects(index.search('p', new Float32Array(0), 1), RangeError)
    t.equal(await index.size(), 1)
    await index.add('zero', 'p', Float32Array.of(0, 0))
    t.equal((await index.search('p', Float32Array.of(0, 1), 9)).find(({ id }) => id === 'zero')!.similarity, 0)
  })

  t.test(
    `${name}: finds the true ten nearest of thousands, also after many were removed and replaced`,
    { skip },
    async t => {
      const dimensions = 64
      const vectors = clusteredVectors(3000, dimensions, 60)
      const index = await open(t)
      const live = new Map(vectors.map((vector, i) => [`v${i}`, vector]))
      for (const [id, vector] of live) await index.add(id, 'p', vector)
      const recall = async () => {
        const questions = clusteredVectors(50, dimensions, 60, 7)
        let hits = 0
        for (const question of questions) {
          const truth = [...live]
            .map(([id, vector]) => ({
              id,
              similarity: vector.reduce((sum, component, k) => sum + component * question[k]!, 0),
            }))
            .sort((a, b) => b.similarity - a.similarity)
            .slice(0, 10)
          const found = await index.search('p', question, 10)
          t.ok(found.every(({ similarity }, k) => k === 0 || similarity <= found[k - 1]!.similarity))
          hits += truth.filter(({ id }) => found.some(other => other.id === id)).length
        }
        return hits / (questions.length * 10)
      }
      const first = await recall()
      t.ok(first >= 0.95, `recall@10 is ${first}`)
      for (let i = 0; i < 2000; i++) {
        await index.remove(`v${i}`)
        live.delete(`v${i}`)
      }
      for (const [i, vector] of clusteredVectors(500, dimensions, 60, 9).entries()) {
        await index.add(`v${2000 + i}`, 'p', vector)
        live.set(`v${2000 + i}`, vector)
      }
      t.equal(await index.size(), 1000)
      const second = await recall()
      t.ok(second >= 0.95, `recall@10 is ${second} after removing`)
      t.equal((await index.search('p', vectors[0]!, 5000)).length, 1000, 'a limit beyond the size answers all')
      for (const id of [...live.keys()]) await index.remove(id)
      t.equal(await index.size(), 0)
      t.same(await index.search('p', vectors[0]!, 10), [])
    },
  )
}
