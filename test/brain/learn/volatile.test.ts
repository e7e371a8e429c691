import { randomBytes } from 'node:crypto'
import t from 'tap'
import { type LeafKind, type Repeat, VolatileLeaves } from '../../../brain/learn/volatile.js'
import type { VolatileClass } from '../../../core/contract/volatile.js'
import { type Answered, hex, iso, type Moment, repeats, seenOf, sign, uuid } from './api-in-time.js'

function learned(answer: (moment: Moment) => Answered, count = 12, seed = 1, everyMs = 1700): VolatileLeaves {
  const leaves = new VolatileLeaves()
  let i = 0
  for (const repeat of repeats(answer, seed, everyMs)) {
    leaves.observe(repeat)
    if (++i === count) break
  }
  return leaves
}

const kinds = (leaves: VolatileLeaves, ...places: string[]): LeafKind[] => places.map(place => leaves.kindOf(place))
const classOf = (leaves: VolatileLeaves, place: string): VolatileClass | undefined =>
  leaves.map?.leaves.find(({ at }) => at === place)?.class
const offsetAt = (leaves: VolatileLeaves, place: string): number | undefined => {
  const found = classOf(leaves, place)
  return found?.kind === 'time' ? found.offsetMs : undefined
}

t.test('every leaf of an API with known semantics is classed as what it is, whatever the data', async t => {
  for (let seed = 1; seed <= 40; seed++) {
    const leaves = learned(
      ({ now, count, random }) => {
        const requestId = uuid()
        const body = {
          requestId,
          trace: { id: hex(16), parent: `req_${hex(8)}` },
          generatedAt: iso(now),
          expiresAt: iso(now + 3_600_000),
          servedAt: Math.floor(now / 1000),
          createdAt: '2024-05-06T07:08:09.123Z',
          updatedAt: iso(now - Math.floor(random() * 1e9)),
          price: Math.round(random() * 10_000) / 100,
          stock: Math.floor(random() * 100),
          sequence: 1000 + count,
          name: 'Ada',
          self: `/requests/${requestId}?full=1`,
          items: [1, 2, 3].map(id => ({
            id,
            uuid: `00000000-0000-4000-8000-00000000000${id}`,
            fetchedAt: iso(now - 1),
          })),
        }
        return {
          body: { ...body, signature: sign(JSON.stringify(body)) },
          headers: ['x-request-id', requestId, 'expires', new Date(now + 60_000).toUTCString(), 'etag', `"${hex(8)}"`],
        }
      },
      12,
      seed,
    )
    t.same(
      [...(leaves.map?.leaves ?? [])].map(({ at, class: { kind } }) => `${at} ${kind}`).sort(),
      [
        '/requestId id',
        '/trace/id id',
        '/trace/parent id',
        '/generatedAt time',
        '/expiresAt time',
        '/servedAt time',
        '/sequence counter',
        '/self id',
        '/items/~/fetchedAt time',
        ':x-request-id id',
        ':expires time',
      ].sort(),
      `seed ${seed}`,
    )
    t.same(kinds(leaves, '/signature', '/price', '/createdAt', '/name', '/items/~/uuid', '/items/~/id', '/updatedAt'), [
      'derived',
      'derived',
      'data',
      'data',
      'data',
      'data',
      'derived',
    ])
    t.equal(offsetAt(leaves, '/generatedAt'), 0)
    t.equal(offsetAt(leaves, '/expiresAt')! - offsetAt(leaves, '/generatedAt')!, 3_600_000)
    t.equal(offsetAt(leaves, ':expires')! - offsetAt(leaves, '/generatedAt')!, 60_000)
    t.match(classOf(leaves, '/trace/parent'), { format: { style: 'text', alphabet: 'hex' } })
    t.match(classOf(leaves, '/requestId'), { format: { style: 'uuid', version: 4, upper: false }, prefix: '' })
  }
})

t.test('nothing is volatile on one repeat, and what is not new each time never is', async t => {
  const answer = ({ now }: Moment): Answered => ({ body: { id: uuid(), at: iso(now) } })
  t.same(learned(answer, 1).map, undefined)
  t.same(
    learned(answer, 2).map?.leaves.map(({ at }) => at),
    ['/id', '/at'],
  )
  const cached = ({ now, count }: Moment): Answered => ({
    body: { id: `0000000${count >> 1}-0000-4000-8000-000000000000`, at: iso(now - (now % 5000)) },
  })
  t.same(learned(cached, 20).map, undefined, 'a moment of five seconds ago, an id that comes twice')
})

t.test('another thing each time: its id and dates are data', async t => {
  const things = Array.from({ length: 50 }, (_, i) => ({
    id: uuid(),
    name: `${'ABCDEFGHIJ'[i % 10]}da ${'KLMNOPQRST'[i % 7]}ovelace`,
    createdAt: iso(Date.UTC(2025, 0, 1) + i),
  }))
  const pick = ({ random }: Moment) => things[Math.floor(random() * things.length)]!
  t.same(learned(moment => ({ body: pick(moment) }), 30).map, undefined)
  t.same(learned(moment => ({ body: { data: { id: uuid(), attributes: pick(moment) } } }), 30, 2, 5).map, undefined)
  const shuffled = ({ random }: Moment): Answered => ({
    body: things
      .slice(0, 5)
      .map(thing => ({ thing, order: random() }))
      .sort((a, b) => a.order - b.order)
      .map(({ thing: { id } }) => ({ id })),
  })
  t.same(learned(shuffled, 30).map, undefined, 'a list in another order has no new ids')
  const turned = ({ count }: Moment): Answered => ({
    body: [0, 1, 2, 3].map(i => ({ id: things[(i + count) % 4]!.id })),
  })
  t.same(learned(turned, 30).map, undefined, 'nor has one that turns, so that no place ever keeps its id')
})

t.test('what contradicts is unlearned, and then needs more evidence', async t => {
  const leaves = new VolatileLeaves()
  let isFixed = false
  const source = repeats(({ now, count }) => ({
    body: {
      id: isFixed ? 'b2f6c8f0-0000-4000-8000-0123456789ab' : uuid(),
      at: isFixed ? '2020-01-01T00:00:00.000Z' : iso(now),
      count,
    },
  }))
  const take = (n: number): void => {
    for (let i = 0; i < n; i++) leaves.observe(source.next().value as Repeat)
  }
  take(8)
  t.same(kinds(leaves, '/id', '/at', '/count'), ['id', 'time', 'counter'])
  isFixed = true
  take(1)
  t.equal(leaves.kindOf('/at'), 'derived', 'one moment that is not now')
  take(1)
  t.equal(leaves.kindOf('/id'), 'data', 'one id that comes again')
  isFixed = false
  take(3)
  t.same(kinds(leaves, '/id', '/at'), ['data', 'data'])
  take(3)
  t.same(kinds(leaves, '/id', '/at'), ['id', 'time'])
})

t.test('an answer that came back unchanged in between has no id that is new each time', async t => {
  const leaves = new VolatileLeaves()
  let i = 0
  for (const repeat of repeats(() => ({ body: { version: hex(16) } }))) {
    leaves.observe({ ...repeat, unchanged: i % 2 })
    if (++i === 20) break
  }
  t.same(leaves.map, undefined)
})

t.test('formats of moments: zones, digits, mail, epochs, the time since the start', async t => {
  const formats: Record<string, (now: number) => unknown> = {
    offset: now => iso(now + 7_200_000).replace('Z', '+02:00'),
    seconds: now => iso(now).replace(/\.\d+/, ''),
    micros: now => iso(now).replace('Z', '417Z'),
    sql: now => iso(now).replace('T', ' ').slice(0, 19),
    trimmed: now => iso(now).replace(/\.?0*Z$/, 'Z'),
    mail: now => new Date(now).toUTCString().replace('GMT', '+0000'),
    ms: now => now,
    s: now => now / 1000,
    text: now => String(Math.floor(now / 1000)),
    ns: now => now * 1e6 + 123_456,
    uptime: now => Math.floor((now - Date.UTC(2026, 3, 30)) / 1000),
    skewed: now => iso(now - 90_000),
  }
  for (const [name, print] of Object.entries(formats)) {
    const leaves = learned(({ now }) => ({ body: { at: print(now), name: 'x' } }), 14, 3)
    t.equal(leaves.kindOf('/at'), 'time', name)
  }
})

t.test('ids by form', async t => {
  const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  const ulid = (now: number): string => {
    let time = ''
    for (let rest = now, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = crockford[rest % 32]! + time
    return time + [...randomBytes(16)].map(byte => crockford[byte % 32]).join('')
  }
  const v7 = (now: number): string => {
    const h = now.toString(16).padStart(12, '0') + hex(10)
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-7${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`
  }
  const is = (make: (now: number) => string): unknown =>
    classOf(
      learned(({ now }) => ({ body: { id: make(now) } })),
      '/id',
    )
  t.match(
    is(now => `evt_${ulid(now)}`),
    { format: { style: 'ulid', upper: true }, prefix: 'evt_', suffix: '' },
  )
  t.match(
    is(now => v7(now)),
    { format: { style: 'uuid', version: 7 } },
  )
  t.match(
    is(() => uuid().toUpperCase()),
    { format: { style: 'uuid', version: 4, upper: true } },
  )
  t.match(
    is(() => randomBytes(15).toString('base64url')),
    { format: { style: 'text', alphabet: 'base64url', length: 20 } },
  )
  t.match(
    is(() => [...randomBytes(14)].map(byte => byte % 10).join('')),
    { format: { style: 'text', alphabet: 'digits' } },
  )
  t.equal(
    is(() => hex(32)),
    undefined,
    'as long as a digest: it may be one',
  )
  t.equal(
    is(() => hex(2)),
    undefined,
    'too short to be new by chance',
  )
  t.equal(
    is(() => `${randomBytes(12).toString('base64url')}.${randomBytes(32).toString('base64url')}`),
    undefined,
  )
})

t.test('a link follows the id in it, also where the rest of it differs from request to request', async t => {
  const leaves = new VolatileLeaves()
  for (const user of [1, 22, 333]) {
    let i = 0
    for (const repeat of repeats(() => {
      const id = uuid()
      return { body: { id }, headers: ['location', `/users/${user}/runs/${id}`] }
    }, user)) {
      leaves.observe(repeat)
      if (++i === 4) break
    }
  }
  t.equal(leaves.kindOf('/id'), 'id')
  t.equal(leaves.kindOf(':location'), 'link')
})

t.test('what was learned survives being written down, and many places stay bounded', async t => {
  const wide = learned(() => ({ body: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`m${i}`, hex(12)])) }))
  t.equal(wide.map?.leaves.length, 64)
  const again = new VolatileLeaves(JSON.parse(JSON.stringify(wide)))
  t.same(again.map, wide.map)
  const deep = `${'['.repeat(60)}1${']'.repeat(60)}`
  const leaves = new VolatileLeaves()
  leaves.observe({
    old: seenOf({ body: deep }),
    now: seenOf({ body: deep.replace('1', '2') }),
    times: { seenAt: 1, startedAt: 2, completedAt: 3 },
    unchanged: 0,
  })
  t.same(leaves.map, undefined)
})
