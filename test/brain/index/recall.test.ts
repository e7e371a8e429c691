// Recall@10 against an exact search, on as many vectors as a large API has searches.
import t from 'tap'
import { openHnsw } from '../../../brain/index/hnsw.js'
import { openRedisearch } from '../../../brain/index/redisearch.js'
import { startRedis } from '../../support/redis.js'
import { cannotRun } from '../../support/services.js'
import { type AskedIndex, asked, clusteredVectors } from './vector-index-suite.js'

const COUNT = 50_000
const DIMENSIONS = 64
const CLUSTERS = 800
const AT_ONCE = 500

async function recallOf(index: AskedIndex): Promise<number> {
  const vectors = clusteredVectors(COUNT, DIMENSIONS, CLUSTERS)
  for (let at = 0; at < COUNT; at += AT_ONCE)
    await Promise.all(vectors.slice(at, at + AT_ONCE).map((vector, i) => index.add(`v${at + i}`, 'p', vector)))
  // Nearer than all of them, and in another partition.
  const questions = clusteredVectors(100, DIMENSIONS, CLUSTERS, 7)
  for (const [i, question] of questions.entries()) await index.add(`other${i}`, 'q', question)
  let hits = 0
  for (const question of questions) {
    const nearest = vectors
      .map((vector, i) => ({
        id: `v${i}`,
        dot: vector.reduce((sum, component, k) => sum + component * question[k]!, 0),
      }))
      .sort((a, b) => b.dot - a.dot)
      .slice(0, 10)
    const found = new Set((await index.search('p', question, 10)).map(({ id }) => id))
    hits += nearest.filter(({ id }) => found.has(id)).length
  }
  return hits / (questions.length * 10)
}

t.test(`hnswlib over ${COUNT} vectors`, async t => {
  const index = openHnsw()
  const recall = await recallOf(asked(index))
  t.equal(index.size, COUNT + 100)
  t.ok(recall >= 0.95, `recall@10 is ${recall}`)
})

t.test(`RediSearch over ${COUNT} vectors`, { skip: cannotRun('redis') }, async t => {
  const { url } = await startRedis(t)
  const index = openRedisearch({ url, prefix: 'test', embedder: 'random' })
  t.teardown(() => index.close())
  const recall = await recallOf(index)
  t.equal(await index.size(), COUNT + 100)
  t.ok(recall >= 0.95, `recall@10 is ${recall}`)
})
