// What other instances saw comes late, out of order and more than once.
import t from 'tap'
import type { Exchange } from '../../core/contract/exchange.js'
import { SHARED_POSITION } from '../../core/contract/shared.js'
import { seededRandom } from '../support/random.js'
import { exchange, open, write } from './learner-in-time.js'

const theirs = { position: undefined }
const at = (ms: number): Partial<Exchange> => ({ startedAt: ms - 5, completedAt: ms })
const bodyAt = (memory: ReturnType<typeof open>['memory'], target: string): string => {
  const stored = memory.exemplar(`GET ${target} `)
  return stored === undefined ? 'nothing' : 'gone' in stored ? 'gone' : Buffer.from(stored.body).toString()
}

t.test('what comes twice is learned once', async t => {
  const { learner, memory } = open(t)
  const seen = exchange('/users/7', { id: 7, name: 'a' })
  for (let i = 0; i < 3; i++) await learner.learn([seen], theirs)
  const [route] = learner.lesson().routes
  t.match(memory.exemplar(seen.key), { seen: 1 })
  t.match(route, { exemplars: 1, grades: { exact: { graded: 0 } } }, 'nothing proves itself')
})

t.test('an older answer never takes the place of a newer one, whoever saw it', async t => {
  const { learner, memory } = open(t)
  await learner.learn([exchange('/users/7', { name: 'new' }, at(2_000_000))])
  await learner.learn([exchange('/users/7', { name: 'old' }, at(1_999_000))], theirs)
  t.equal(bodyAt(memory, '/users/7'), '{"name":"new"}')
  await learner.learn([exchange('/users/7', { name: 'newest' }, at(2_002_000))], theirs)
  await learner.learn([exchange('/users/7', { name: 'mine, late' }, at(2_001_000))])
  t.equal(bodyAt(memory, '/users/7'), '{"name":"newest"}')
})

t.test(
  'a write buries what was seen before it, however late it is told, and not what is known to be newer',
  async t => {
    const { learner, memory } = open(t)
    const put = write('PUT', '/users/7', { name: 'b' }, at(2_000_000))
    await learner.learn([exchange('/users/7', { name: 'a' }, at(1_999_000))])
    await learner.learn([put], theirs)
    t.equal(bodyAt(memory, '/users/7'), 'gone')
    await learner.learn([exchange('/users/7', { name: 'a' }, at(1_999_500))], theirs)
    t.equal(bodyAt(memory, '/users/7'), 'gone', 'an answer from before it does not come back')
    await learner.learn([exchange('/users/7', { name: 'b' }, at(2_060_000))])
    await learner.learn([put], theirs)
    t.equal(bodyAt(memory, '/users/7'), '{"name":"b"}', 'told again it changes nothing')

    const other = open(t)
    await other.learner.learn([exchange('/users/7', { name: 'b' }, at(2_060_000))])
    await other.learner.learn([exchange('/users/8', { name: 'x' }, at(2_000_100))])
    await other.learner.learn([put, write('PUT', '/users/8', { name: 'y' }, at(2_000_000))], theirs)
    t.equal(bodyAt(other.memory, '/users/7'), '{"name":"b"}', 'seen a minute later')
    t.equal(bodyAt(other.memory, '/users/8'), 'gone', 'seen in the same moment: it may be from before')
  },
)

t.test('of two writes that are told in the wrong order the later one holds', async t => {
  const { learner, memory } = open(t)
  const between = exchange('/users/7', { name: 'b' }, at(2_000_500))
  await learner.learn([exchange('/users/7', { name: 'a' }, at(1_999_000))])
  await learner.learn([write('PUT', '/users/7', { name: 'c' }, at(2_001_000))])
  await learner.learn([write('PUT', '/users/7', { name: 'b' }, at(2_000_000)), between], theirs)
  t.equal(bodyAt(memory, '/users/7'), 'gone')
  // One to another place that names this one.
  const made = write('POST', '/users', {}, { ...at(2_000_100), says: {}, headers: ['location', '/users/7'] })
  await learner.learn([made, between], theirs)
  t.equal(bodyAt(memory, '/users/7'), 'gone')
  t.match(memory.exemplar('GET /users/7 '), { at: 2_001_000, because: 'PUT /users/7' }, 'after a restart as well')
})

t.test('in whatever order they come: nobody ends with an answer that a later one replaced', async t => {
  const random = seededRandom(7)
  const events: Exchange[] = []
  for (let i = 0; i < 60; i++) {
    const target = `/things/${1 + Math.floor(random() * 5)}`
    const ms = 2_000_000 + i * 7000
    events.push(random() < 0.2 ? write('PUT', target, { i }, at(ms)) : exchange(target, { i }, at(ms)))
  }
  const truth = new Map<string, string>()
  for (const { method, path, body } of events) truth.set(path, method === 'PUT' ? 'gone' : Buffer.from(body).toString())
  for (let round = 0; round < 10; round++) {
    const { learner, memory } = open(t)
    const told = [...events, ...events.slice(0, 20)].sort(() => random() - 0.5)
    for (const event of told) await learner.learn([event], theirs)
    for (const [path, last] of truth) {
      const found = bodyAt(memory, path)
      // Where a write was told before anything was known, there is nothing to bury.
      t.ok(found === last || (last === 'gone' && found === 'nothing'), `${path}: ${found} for ${last}`)
    }
  }
})

t.test('how far it was read is written down with what was read', async t => {
  const { learner, memory } = open(t)
  await learner.learn([exchange('/users/7', { id: 7 })], { position: 'era 5-0' })
  t.equal(memory.state(SHARED_POSITION), 'era 5-0')
  await learner.learn([exchange('/users/8', { id: 8 })], theirs)
  t.equal(memory.state(SHARED_POSITION), 'era 5-0')
})

t.test('grades go to those who graded less, for routes that they may not know yet', async t => {
  const [a, b] = [open(t), open(t)]
  for (let i = 0; i < 12; i++) await a.learner.learn([exchange('/users/7', { id: 7 })])
  const grades = JSON.parse(JSON.stringify(a.learner.grades()))
  b.learner.adopt(grades)
  await b.learner.learn([exchange('/users/7', { id: 7 })])
  const gradedBy = ({ learner }: typeof a): number | undefined => learner.lesson().routes[0]?.grades.exact?.graded
  t.equal(gradedBy(a), 11)
  t.equal(gradedBy(b), 11)
  const fewer = JSON.parse(JSON.stringify(b.learner.grades()))
  for (let i = 0; i < 5; i++) await a.learner.learn([exchange('/users/7', { id: 7 })])
  a.learner.adopt(fewer)
  t.equal(gradedBy(a), 16, 'and never to those who graded more')
})

t.test('what another instance embedded is found before this one has a vector of its own', async t => {
  const { learner } = open(t)
  const said = await learner.learn([exchange('/search?q=red shoes', { hits: 3 })], theirs)
  const [text] = said.toEmbed
  const route = learner.lesson().routes[0]!.id
  const vector = Float32Array.of(1, 0)
  const ask = (partition: string, neighbours?: { id: string; similarity: number }[]) =>
    learner.search('lexical-384', route, partition, 'shoes red', vector, neighbours)
  t.match(ask(text!.partition), { best: undefined, candidates: [] })
  const elsewhere = [
    { id: 'unknown here', similarity: 1 },
    { id: text!.textKey, similarity: 0.97 },
  ]
  t.match(ask(text!.partition, elsewhere), { best: { key: 'GET /search?q=red shoes ', similarity: 0.97 } })
  t.match(
    ask('another', elsewhere),
    { best: undefined, candidates: [] },
    'whatever others say, never across partitions',
  )
})
