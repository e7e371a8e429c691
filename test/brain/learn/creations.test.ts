import t from 'tap'
import { Creations, type SeenCreation } from '../../../brain/learn/creations.js'
import { type JsonNode, parseJson, printJson } from '../../../core/contract/json.js'
import { locationOf, madeBody } from '../../../core/ghost/made-thing.js'

const at = Date.UTC(2026, 5, 1, 12)
const node = (value: unknown): JsonNode => parseJson(JSON.stringify(value))!

function seen(sent: object, answered: object | undefined, more: Partial<SeenCreation> = {}): SeenCreation {
  return {
    path: '/books',
    status: 201,
    headers: ['content-type', 'application/json', 'location', `/books/${(answered as { id?: number })?.id ?? 1}`],
    scope: 'alice',
    at,
    sent: node(sent),
    answered: answered === undefined ? undefined : node(answered),
    idMember: 'id',
    hasSecrets: false,
    ...more,
  }
}

/** What a client would be answered. */
function answerTo(creations: Creations, sent: object, scope = 'alice', place = '/books') {
  const form = creations.taught.find(one => one.place === place)
  if (form === undefined) return undefined
  const making = { sent: node(sent), id: '2000000001', scope, at: at + 5000 }
  const body = form.body && madeBody(form.body, making)
  const location = form.location && locationOf(form.location, place, making)
  return { status: form.status, location, body: body && JSON.parse(printJson(body)) }
}

t.test('once is chance, twice is a form: what was sent, the new id, the moment, what is always said', async t => {
  const creations = new Creations()
  const made = (id: number, title: string) => ({
    id,
    title,
    state: 'new',
    madeAt: new Date(at + 400).toISOString(),
    self: `/books/${id}`,
    score: id * 3,
  })
  t.equal(creations.learn(seen({ title: 'a' }, made(7, 'a'))), false)
  t.same(creations.taught, [])
  t.equal(creations.learn(seen({ title: 'b' }, made(8, 'b'))), true)
  t.same(answerTo(creations, { title: 'c' }), {
    status: 201,
    location: '/books/2000000001',
    body: {
      id: 2_000_000_001,
      title: 'c',
      state: 'new',
      madeAt: '2026-06-01T12:00:05.000Z',
      self: '/books/2000000001',
    },
  })
  t.same(answerTo(creations, { title: 'c', extra: { x: 1 } })!.body.extra, { x: 1 }, 'all that was sent came back')
  t.equal(creations.learn(seen({ title: 'd' }, made(9, 'd'))), false, 'nothing new')
  const again = new Creations(JSON.parse(JSON.stringify(creations)))
  const withoutCount = ({ taught }: Creations) => taught.map(({ seen: _, ...form }) => form)
  t.same(withoutCount(again), withoutCount(creations), 'also between runs')
})

t.test('what was said to one credential alone is said to no other', async t => {
  const creations = new Creations()
  const made = (id: number) => ({ id, owner: 'Alice', self: `/users/alice/${id}` })
  for (const id of [7, 8])
    creations.learn(seen({}, made(id), { headers: ['location', `/users/alice/books/${id}`], path: '/books' }))
  t.same(answerTo(creations, {}), {
    status: 201,
    location: '/users/alice/books/2000000001',
    body: { id: 2_000_000_001, owner: 'Alice', self: '/users/alice/2000000001' },
  })
  t.same(answerTo(creations, {}, 'bob'), { status: 201, location: undefined, body: { id: 2_000_000_001 } })
  creations.learn(seen({}, made(9), { headers: ['location', '/users/alice/books/9'], scope: 'bob' }))
  t.equal(answerTo(creations, {}, 'carol')!.body.owner, 'Alice', 'two were told so: it is nobody’s own')
})

t.test('secrets that were sent make credentials of their own: nobody knows whose it is', async t => {
  const creations = new Creations()
  for (const [id, scope] of [
    [7, 'x'],
    [8, 'y'],
  ] as const)
    creations.learn(seen({ password: '~0123456789012345678901' }, { id, owner: 'Alice' }, { scope, hasSecrets: true }))
  t.same(answerTo(creations, {}, 'bob')!.body, { id: 2_000_000_001 })
})

t.test('envelopes, ids that are only in Location, answers without a body', async t => {
  const wrapped = new Creations()
  for (const id of ['a1b2c3d4e5f6', 'b1b2c3d4e5f7'])
    wrapped.learn(seen({ data: { n: id } }, { data: { id, n: id } }, { headers: [], idMember: 'id' }))
  const form = wrapped.taught[0]!
  t.same(form.idAt, ['data', 'id'])
  const bare = new Creations()
  for (const id of [7, 8]) bare.learn(seen({ n: 1 }, undefined, { headers: ['location', `/books/${id}`] }))
  t.same(answerTo(bare, {}), { status: 201, location: '/books/2000000001', body: undefined })
  t.equal(bare.taught[0]!.contentType, '')
})

t.test('no creation: who names it himself, who is told nothing, what is no 201 and names no place', async t => {
  const creations = new Creations()
  for (const id of [7, 8]) {
    creations.learn(seen({ id }, { id }))
    creations.learn(seen({}, { ok: true }, { headers: [], path: '/actions' }))
    creations.learn(seen({}, { id }, { status: 200, headers: [], path: '/other' }))
  }
  t.same(creations.taught, [])
})

t.test('an answer that shows several things: which of them was made its Location says, or nobody', async t => {
  const both = (id: number) => ({ user: { id: 1 }, order: { id } })
  const told = new Creations()
  for (const id of [7, 8]) told.learn(seen({}, both(id), { headers: ['location', `/orders/${id}`] }))
  t.same(told.taught[0]!.idAt, ['order', 'id'])
  const silent = new Creations()
  for (const id of [7, 8]) silent.learn(seen({}, both(id), { headers: [] }))
  t.same(silent.taught, [])
})

t.test('places are told apart by what is no id in them', async t => {
  const creations = new Creations()
  for (const id of [7, 8]) creations.learn(seen({}, { id }, { path: `/shelves/${id}/books`, headers: [] }))
  t.same(
    creations.taught.map(({ place }) => place),
    ['/shelves/{}/books'],
  )
})
