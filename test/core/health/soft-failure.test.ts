// What the edge makes of an answer in hand; a doubt shows in that the request is looked at.
import t from 'tap'
import type { RouteBaseline, SoftSign } from '../../../core/contract/baseline.js'
import { softFailureOf } from '../../../core/health/soft-failure.js'
import { seededRandom } from '../../support/random.js'

const objects: RouteBaseline = {
  types: ['application/json'],
  top: 'object',
  members: ['id', 'name'],
  first: 'id',
  mayLack: 1,
  steady: false,
  neverEmpty: true,
  alwaysBody: true,
  neverError: true,
  minBytes: 20,
  minCodedBytes: 0,
}
const { first: _, ...inAnyOrder } = objects
const lists: RouteBaseline = { ...inAnyOrder, top: 'array', members: [] }

function judged(baseline: RouteBaseline, text: string): { sign: SoftSign | undefined; doubted: boolean } {
  let doubted = false
  const answer = { type: 'application/json', coding: '', body: Buffer.from(text) }
  const sign = softFailureOf(baseline, answer, false, () => {
    doubted = true
    return undefined
  })
  return { sign, doubted }
}

t.test('a healthy answer raises no doubt', async t => {
  const text = '{"id":1,"name":"a good name"}'
  for (const baseline of [objects, inAnyOrder, { ...objects, minBytes: 0 }])
    for (const body of [text, `\uFEFF ${text}`, ` {\n  "id" : 2, "name" : "${'x'.repeat(9000)}" }`])
      t.same(judged(baseline, body), { sign: undefined, doubted: false })
  for (const baseline of [lists, { ...lists, minBytes: 0 }])
    t.same(judged(baseline, `[${text}]`), { sign: undefined, doubted: false })
})

t.test('what is empty is seen whether lengths are known or not', async t => {
  for (const minBytes of [0, 20])
    for (const blank of ['', ' ', '\r\n\t']) {
      t.equal(judged({ ...lists, minBytes }, `${blank}[${blank}]`).sign, 'empty')
      for (const baseline of [objects, inAnyOrder, { ...inAnyOrder, members: [] }])
        t.equal(judged({ ...baseline, minBytes }, `${blank}{${blank}}`).sign, 'empty')
    }
})

t.test('a first name is the same to its last octet', async t => {
  const random = seededRandom(7)
  const letters = 'ab"\\é'
  const word = (): string =>
    Array.from({ length: Math.floor(random() * 4) }, () => letters[Math.floor(random() * 5)]).join('')
  let same = 0
  for (let i = 0; i < 3000; i++) {
    const [first, found] = [word(), word()]
    const body = JSON.stringify({ [found]: 1 }) + ' '.repeat(Math.floor(random() * 3))
    const { doubted } = judged({ ...objects, first, minBytes: 0 }, body)
    if (first === found) same += 1
    if (doubted === (first === found)) t.fail(`${first} and ${body}`)
  }
  t.ok(same > 30)
  t.equal(judged({ ...objects, minBytes: 0 }, '{"i').doubted, true, 'cut off')
})
