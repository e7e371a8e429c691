import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { type IdFormat, isId } from '../../../core/contract/id-format.js'
import { mintId } from '../../../core/contract/mint-id.js'
import { printTime, readTime, readTimeAs, type TimeFormat } from '../../../core/contract/time-format.js'
import { ITEM_STEP, memberStep, type VolatileClass, type VolatileLeaf } from '../../../core/contract/volatile.js'
import { regenerate } from '../../../core/ghost/regenerate.js'
import { seededRandom } from '../../support/random.js'

const seenAt = Date.UTC(2026, 0, 31, 23, 59, 59, 700)
const now = Date.UTC(2027, 4, 6, 7, 8, 9, 10)
const by = { now, seenAt, random: randomBytes }

const iso: TimeFormat = { style: 'iso', separator: 'T', digits: 3, trims: false, zone: 'Z' }
const uuid4: IdFormat = { style: 'uuid', version: 4, upper: false }
const at = (place: string, volatile: VolatileClass): VolatileLeaf => ({ at: place, class: volatile })
const id = (format: IdFormat, prefix = '', suffix = ''): VolatileClass => ({ kind: 'id', format, prefix, suffix })
const time = (format: TimeFormat, offsetMs = 0): VolatileClass => ({ kind: 'time', format, offsetMs })

const fresh = (body: string, leaves: VolatileLeaf[], headers: string[] = []) => {
  const out = regenerate({ headers, body: Buffer.from(body) }, { leaves }, by)
  return { headers: out.headers, text: Buffer.from(out.body).toString() }
}

t.test('relations hold: the same id, the links to it, the distance of two moments', async t => {
  const old = mintId(uuid4, seenAt, randomBytes)
  const { headers, text } = fresh(
    JSON.stringify({
      requestId: old,
      generatedAt: '2026-01-31T23:59:59.700Z',
      expiresAt: '2026-02-01T00:59:59.700Z',
      self: `https:\\/\\/api.test/runs/${old}?a=1`,
      price: 9.5,
      count: 41,
    }).replaceAll('\\\\', '\\'),
    [
      at('/requestId', id(uuid4)),
      at('/generatedAt', time(iso)),
      at('/expiresAt', time(iso, 3_600_000)),
      at('/self', { kind: 'link' }),
      at('/count', { kind: 'counter', step: 2 }),
      at(':location', { kind: 'link' }),
      at(':x-request-id', id(uuid4)),
      at(':expires', time({ style: 'rfc1123', zone: 'GMT' }, 60_000)),
    ],
    ['x-request-id', old, 'location', `/runs/${old}`, 'expires', 'Sun, 01 Feb 2026 00:00:59 GMT', 'x-other', old],
  )
  const body = JSON.parse(text)
  t.ok(isId(uuid4, body.requestId))
  t.not(body.requestId, old)
  t.match(body, {
    generatedAt: '2027-05-06T07:08:09.010Z',
    expiresAt: '2027-05-06T08:08:09.010Z',
    price: 9.5,
    count: 43,
  })
  t.ok(text.includes(`"https:\\/\\/api.test/runs/${body.requestId}?a=1"`), 'escapes stay as they were written')
  t.same(headers, [
    ...['x-request-id', body.requestId, 'location', `/runs/${body.requestId}`],
    ...['expires', 'Thu, 06 May 2027 07:09:09 GMT', 'x-other', old],
  ])
})

t.test('what the map does not name is octet for octet as it was, in any document', async t => {
  const random = seededRandom(20260501)
  const below = (n: number): number => Math.floor(random() * n)
  const blank = (): string => [' ', '', '\n  ', '\t', '\r\n', ''][below(6)]!
  const scalars = [
    '1e400',
    '-0',
    '12345678901234567890',
    '1.10',
    'true',
    'null',
    '"\\u00e9\\/"',
    '"é 💥"',
    '"~/"',
    '{}',
    '[ ]',
    '""',
  ]
  let regenerated = 0
  for (let round = 0; round < 2000; round++) {
    const leaves: VolatileLeaf[] = []
    const classes: [VolatileClass, () => string][] = [
      [id(uuid4, 'r-'), () => `"r-${mintId(uuid4, seenAt, randomBytes)}"`],
      [time(iso, 5000), () => `"${printTime(iso, seenAt + 5000, '000000')}"`],
      [time({ style: 'epoch', unit: 'ms', digits: 0, trims: false }), () => String(seenAt)],
      [id({ style: 'text', alphabet: 'hex', length: 16 }), () => `"${randomBytes(8).toString('hex')}"`],
    ]
    const places = new Map<string, [VolatileClass, () => string] | undefined>()
    // Pieces of the text; volatile ones stand in lists of their own.
    const pieces: (string | [string, VolatileClass])[] = []
    const write = (place: string, depth: number): void => {
      pieces.push(blank())
      const kind = depth > 4 ? 0 : below(6)
      if (kind === 1) {
        const names = ['a', 'b', 'a/b', '~', '~1', '__proto__', 'é', 'c d', '[]', '']
        pieces.push('{')
        for (let i = 0, size = below(5); i < size; i++) {
          const name = names.splice(below(names.length), 1)[0]!
          pieces.push(`${i === 0 ? '' : ','}${blank()}${JSON.stringify(name)}${blank()}:`)
          write(place + memberStep(name), depth + 1)
        }
        pieces.push('}')
      } else if (kind === 2) {
        pieces.push('[')
        for (let i = 0, size = below(4); i < size; i++) {
          if (i > 0) pieces.push(',')
          write(place + ITEM_STEP, depth + 1)
        }
        pieces.push(']')
      } else {
        if (!places.has(place)) places.set(place, random() < 0.4 ? classes[below(classes.length)] : undefined)
        const volatile = places.get(place)
        // Now and then a value of another class stands there: it is data.
        if (volatile === undefined || random() < 0.1) pieces.push(scalars[below(scalars.length)]!)
        else pieces.push([volatile[1](), volatile[0]])
      }
      pieces.push(blank())
    }
    write('', 0)
    for (const [place, volatile] of places) if (volatile !== undefined) leaves.push(at(place, volatile[0]))
    const text = pieces.map(piece => (typeof piece === 'string' ? piece : piece[0])).join('')
    let rest = fresh(text, leaves).text
    for (const piece of pieces) {
      if (typeof piece === 'string') {
        if (!rest.startsWith(piece)) t.fail(`${JSON.stringify(piece)} is gone from ${text}`)
        rest = rest.slice(piece.length)
        continue
      }
      const value = /^("[^"]*"|\d+)/.exec(rest)?.[0] ?? ''
      if (value === piece[0]) t.fail(`${value} stayed in ${text}`)
      const said = value.replaceAll('"', '')
      const [, volatile] = piece
      const fits =
        volatile.kind === 'id'
          ? isId(volatile.format, said.slice(volatile.prefix.length))
          : volatile.kind === 'time' && readTimeAs(volatile.format, said)?.at === now + volatile.offsetMs
      regenerated += 1
      if (!fits) t.fail(`${value} is no ${JSON.stringify(volatile)}`)
      rest = rest.slice(value.length)
    }
    if (rest !== '') t.fail(`${rest} is too much`)
  }
  t.ok(regenerated > 1000, `${regenerated} values were made anew`)
})

t.test('what is not of its class, or not as far from its answer as it should be, is data', async t => {
  const leaves = [at('/a', time(iso)), at('/b', id(uuid4)), at('/c', { kind: 'counter', step: 1 })]
  for (const body of [
    '{"a":"2020-01-01T00:00:00.000Z","b":"b","c":-1}',
    '{"a":null,"b":["x"],"c":"1.5"}',
    '{"a":{"a":1},"b":true,"c":1e3}',
    '{"a":"2026-01-31T23:59:59.700Z"',
    'not JSON',
    '',
  ])
    t.equal(fresh(body, leaves).text, body)
  const binary = Buffer.from('{"a":"2026-01-31T23:59:59.700Z","b":"\xff"}', 'latin1')
  t.equal(regenerate({ headers: [], body: binary }, { leaves }, by).body, binary)
  const answer = { headers: ['etag', '"1"'], body: Buffer.from('{"x":1}') }
  t.equal(regenerate(answer, undefined, by), answer, 'the same object where nothing is volatile')
  t.equal(regenerate(answer, { leaves }, by), answer)
})

t.test('a coded body that is changed stands decoded, without what names its octets', async t => {
  const headers = [
    ...['content-type', 'application/json', 'content-encoding', 'gzip', 'content-length', '90'],
    ...['etag', '"1"', 'content-digest', 'sha-256=:x:', 'last-modified', 'Sun, 01 Feb 2026 00:00:59 GMT'],
  ]
  const body = gzipSync('{"at":"2026-01-31T23:59:59.700Z"}')
  const out = regenerate({ headers, body }, { leaves: [at('/at', time(iso))] }, by)
  t.equal(Buffer.from(out.body).toString(), '{"at":"2027-05-06T07:08:09.010Z"}')
  t.same(out.headers, ['content-type', 'application/json', 'last-modified', 'Sun, 01 Feb 2026 00:00:59 GMT'])
  const same = regenerate({ headers, body }, { leaves: [at('/other', time(iso))] }, by)
  t.equal(same.body, body)
  t.same(same.headers, headers)
})

t.test('moments are printed as they are read, in every format', async t => {
  for (const text of [
    ...[
      '2026-05-01T00:00:00Z',
      '2026-05-01T02:00:00.120+02:00',
      '2026-04-30 23:30:00-0030',
      '2026-05-01T00:00:00.123456Z',
    ],
    ...['Fri, 01 May 2026 00:00:00 GMT', 'Fri, 01 May 2026 00:00:00 +0000'],
    ...['1777593600', '1777593600.25', '1777593600123', '1777593600123456', '1777593600123456789'],
  ]) {
    const read = readTime(text)!
    t.ok(Math.abs(read.at - Date.UTC(2026, 4, 1)) < 1000, text)
    t.equal(printTime(read.format, read.at, '456789'), text)
  }
  for (const text of [
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '19.99',
    '20260501',
    '123',
    'Fri, 99 May 2026 00:00:00 GMT',
  ])
    t.equal(readTime(text), undefined, text)
  const trims: TimeFormat = { ...iso, digits: 6, trims: true }
  t.equal(printTime(trims, Date.UTC(2026, 4, 1), '000000'), '2026-05-01T00:00:00Z')
})

t.test('ids are new, of their format, and draw each character alike', async t => {
  const formats: IdFormat[] = [
    uuid4,
    { style: 'uuid', version: 7, upper: true },
    { style: 'ulid', upper: false },
    { style: 'text', alphabet: 'base62', length: 22 },
    { style: 'text', alphabet: 'base64url', length: 21 },
  ]
  for (const format of formats) {
    const ids = Array.from({ length: 500 }, () => mintId(format, now, randomBytes))
    t.ok(
      ids.every(one => isId(format, one)),
      JSON.stringify(format),
    )
    t.equal(new Set(ids).size, 500)
  }
  t.ok(
    mintId(formats[1]!, now, randomBytes)
      .replaceAll('-', '')
      .startsWith(now.toString(16).padStart(12, '0').toUpperCase()),
  )
  const counts = new Map<string, number>()
  for (const character of mintId({ style: 'text', alphabet: 'base62', length: 62_000 }, now, randomBytes))
    counts.set(character, (counts.get(character) ?? 0) + 1)
  t.ok([...counts.values()].every(count => Math.abs(count - 1000) < 170))
  t.ok(
    Array.from({ length: 200 }, () =>
      mintId({ style: 'text', alphabet: 'digits', length: 12 }, now, randomBytes, true),
    ).every(one => !one.startsWith('0')),
  )
})
