// Recall@10 against an exact search, on as many vectors as a large API has searches.
import type t from 'tap'
import { seededRandom } from '../../support/random.js'
import { type AskedIndex, addAll, clusteredVectors } from './vector-index-suite.js'

export const COUNT = 50_000
const DIMENSIONS = 64
const CLUSTERS = 800
const QUESTIONS = 50

type Tap = Pick<typeof t, 'ok' | 'equal'>

/** Of questions that are like something known, and of questions that are like nothing. */
export async function recallSuite(t: Tap, index: AskedIndex): Promise<void> {
  const vectors = clusteredVectors(COUNT, DIMENSIONS, CLUSTERS)
  await addAll(index, 'p', vectors)
  const random = seededRandom(5)
  const near = Array.from({ length: QUESTIONS }, () =>
    unit(vectors[Math.floor(random() * COUNT)]!.map(component => component + (random() - 0.5) * 0.15)),
  )
  const far = clusteredVectors(QUESTIONS, DIMENSIONS, CLUSTERS, 7)
  // Nearer than all of them, and in another partition.
  for (const [i, question] of [...near, ...far].entries()) await index.add(`other${i}`, 'q', question)
  t.equal(await index.size(), COUNT + 2 * QUESTIONS)
  for (const [name, questions] of Object.entries({ near, far })) {
    let hits = 0
    for (const question of questions) {
      const found = new Set((await index.search('p', question, 10)).map(({ id }) => id))
      hits += nearestTen(vectors, question).filter(i => found.has(`v${i}`)).length
    }
    const recall = hits / (QUESTIONS * 10)
    t.ok(recall >= 0.95, `recall@10 of ${name} questions is ${recall}`)
  }
}

function nearestTen(vectors: readonly Float32Array[], question: Float32Array): number[] {
  const dots = vectors.map(vector => {
    let dot = 0
    for (let k = 0; k < vector.length; k++) dot += vector[k]! * question[k]!
    return dot
  })
  return [...dots.keys()].sort((a, b) => dots[b]! - dots[a]!).slice(0, 10)
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  return vector.map(component => component / length)
}
