// What a route borrows from others is graded where it would not need to: each parameter that is known stands for one that is not.
import t from 'tap'
import { GradeBudget } from '../../../brain/grade/budget.js'
import { LearningModel } from '../../support/learning-model.js'

const colours = ['red', 'green', 'blue']

/** Lists that are seen whole, narrowed by colour, and in pages that are counted from `first`, by the name of the route. */
function api(first: Readonly<Record<string, number>>): LearningModel {
  const learning = new LearningModel(new GradeBudget(1, () => 0))
  for (const [name, from] of Object.entries(first)) {
    const all = Array.from({ length: 30 }, (_, i) => ({ id: i + 100, colour: colours[i % 3]!, name: `${name} ${i}` }))
    learning.learn({ path: `/${name}`, body: all })
    for (let size = 2; size <= 15; size++)
      for (let page = 0; page < 3; page++) {
        const body = all.slice(page * size, (page + 1) * size)
        learning.learn({ path: `/${name}`, query: `page=${page + from}&size=${size}`, body })
      }
    for (let size = 1; size <= 12; size++)
      for (const colour of colours) {
        const body = all.filter(one => one.colour === colour).slice(0, size)
        learning.learn({ path: `/${name}`, query: `colour=${colour}&size=${size}`, body })
      }
  }
  return learning
}

/** Of all that rested on what other routes say. */
function graded(learning: LearningModel): { count: number; similarity: number } {
  let [right, count] = [0, 0]
  for (const [kind, evidence] of learning.model.savedGrades().all) {
    if (!kind.includes(' by convention')) continue
    right += evidence.right
    count += evidence.right + evidence.wrong
  }
  return { count, similarity: right / count }
}

t.test('what other routes say of a parameter is held against what the route says itself', async t => {
  const { count, similarity } = graded(api({ chairs: 1, tables: 1 }))
  t.ok(count >= 20, `graded ${count} times`)
  t.ok(similarity > 0.9, String(similarity))
})

t.test('where they count their pages otherwise, that shows', async t => {
  const unlike = graded(api({ chairs: 1, tables: 0 }))
  t.ok(unlike.count > 0)
  t.ok(unlike.similarity < graded(api({ chairs: 1, tables: 1 })).similarity, String(unlike.similarity))
})

t.test('a route that stands alone borrows nothing', async t => {
  t.equal(graded(api({ chairs: 1 })).count, 0)
})
