import t from 'tap'
import { isKept } from '../../../core/contract/fact-share.js'
import { type FactBatch, FactReader } from '../../../core/contract/facts.js'
import { ClientNames } from '../../../core/record/client-names.js'
import { ExchangeFacts, type NotedTrace, type ScopeNotes } from '../../../core/record/exchange-facts.js'
import { Redactor } from '../../../core/record/redact.js'
import { Scopes } from '../../../core/record/scope.js'

const scopes = new Scopes(Buffer.alloc(32), ['authorization'])
const redactor = new Redactor([], secret => scopes.hash(secret))
const START = 1_700_000_000_000

function open(): { facts: ExchangeFacts; sent: FactBatch[] } {
  const sent: FactBatch[] = []
  const routes = ['unlearned', 'other', 'GET /users/{id}']
  const send = (batch: FactBatch) => sent.push({ ...batch, targets: [...batch.targets], scopes: [...batch.scopes] })
  return { facts: new ExchangeFacts({ run: 77, redactor, scopes, routes, perSecond: 1e6, send }), sent }
}

function request(target: string, headers: string[] = [], method = 'GET') {
  const mark = target.indexOf('?')
  const [path, query] = mark < 0 ? [target, undefined] : [target.slice(0, mark), target.slice(mark + 1)]
  return { method, target, path, query, headers, remoteAddress: '192.0.2.7' }
}

const plain: NotedTrace = {
  ...{ seq: 1, startedAt: START, status: 200, fault: undefined, bytesIn: 0, bytesOut: 0 },
  ...{ connectMs: -1, waitMs: -1, receiveMs: -1, ghostMs: -1, confidence: -1, kept: 'unknown' },
}

/** All rows of a batch as plain values. */
function rowsOf(batch: FactBatch) {
  const reader = new FactReader(batch)
  return Array.from({ length: batch.rows }, (_, i) => {
    const { at, seq, status, by, method, fault, route, target, scope, bytesIn, bytesOut } = reader.row(i)
    const { totalMs, connectMs, waitMs, receiveMs, ghostMs, confidence, kept } = reader
    return {
      ...{ at, seq, status, by, method, fault, route, target, scope, bytesIn, bytesOut },
      ...{ totalMs, connectMs, waitMs, receiveMs, ghostMs, confidence, kept },
    }
  })
}

t.test('what is noted is what is read', async t => {
  const { facts, sent } = open()
  facts.note(
    request('/users/7', ['authorization', 'Bearer a']),
    undefined,
    { ...plain, waitMs: 0.5 },
    2,
    'upstream',
    1.5,
  )
  facts.note(
    request('/odd', [], 'BREW'),
    undefined,
    {
      ...{ ...plain, seq: 2 ** 32 - 1, startedAt: START + 9, status: 503, fault: 'CHAOS_ERR_UPSTREAM_SLOW' },
      ...{ bytesIn: 2 ** 40, bytesOut: 3, connectMs: 1, receiveMs: 2, ghostMs: 0, confidence: 0.5, kept: 'not-stored' },
    },
    0,
    'semantic',
    2,
  )
  t.same(sent, [], 'in batches')
  facts.flush(START)
  facts.flush(START)
  t.equal(sent.length, 1, 'and only where there is something')
  t.same(rowsOf(sent[0]!), [
    {
      ...{ at: START, seq: 1, status: 200, by: 'upstream', method: 'GET', fault: null, route: 'GET /users/{id}' },
      ...{ target: '/users/7', scope: scopes.of(['authorization', 'Bearer a'], ''), bytesIn: 0, bytesOut: 0 },
      ...{ totalMs: 1.5, connectMs: null, waitMs: 0.5, receiveMs: null, ghostMs: null, confidence: null },
      kept: 'unknown',
    },
    {
      ...{ at: START + 9, seq: 2 ** 32 - 1, status: 503, by: 'semantic', method: 'other' },
      ...{ fault: 'CHAOS_ERR_UPSTREAM_SLOW', route: 'unlearned', target: '/odd', scope: '' },
      ...{ bytesIn: 2 ** 32 - 1, bytesOut: 3, totalMs: 2, connectMs: 1, waitMs: null, receiveMs: 2, ghostMs: 0 },
      ...{ confidence: 0.5, kept: 'not-stored' },
    },
  ])
  t.equal(sent[0]!.cells.byteLength, 2 * 56, 'no longer than it has to be')
})

t.test('a request that ran for hours keeps its moment, and so do the others of its batch', async t => {
  const { facts, sent } = open()
  for (const startedAt of [START, START - 5 * 3_600_000, START + 5])
    facts.note(request('/a'), undefined, { ...plain, startedAt }, 0, 'upstream', 1)
  facts.flush(START)
  t.same(
    rowsOf(sent[0]!).map(({ at }) => at),
    [START, START - 5 * 3_600_000, START + 5],
  )
})

t.test('secrets do not leave the edge, and texts are told once a batch', async t => {
  const { facts, sent } = open()
  const notes: ScopeNotes = { scope: undefined, scopeGeneration: 0, forwardedClient: undefined }
  const asked = request('/a?password=hunter2', ['authorization', 'Bearer a'])
  for (let batch = 0; batch < 2; batch++) {
    for (let i = 0; i < 3; i++) facts.note(asked, notes, plain, 0, 'upstream', 1)
    facts.flush(START)
  }
  t.notMatch(JSON.stringify(sent), 'hunter2')
  t.notMatch(JSON.stringify(sent), 'Bearer')
  for (const { targets, scopes: told } of sent) {
    t.equal(targets.length, 2)
    t.match(targets[1], /^\/a\?password=~/)
    t.same(told, ['', notes.scope])
  }
  t.same(
    sent.map(({ batch }) => batch),
    [0, 1],
  )
})

t.test('whoever asks for ever new targets, or for long ones, does not fill the memory', async t => {
  const { facts, sent } = open()
  for (let i = 0; i < 1000; i++) facts.note(request(`/new/${i}`), undefined, plain, 0, 'upstream', 1)
  facts.note(request(`/${'x'.repeat(600)}`), undefined, plain, 0, 'upstream', 1)
  facts.flush(START)
  t.equal(sent[0]!.targets.length, 201)
  const rows = rowsOf(sent[0]!)
  t.equal(rows.length, 1001, 'the facts are kept all the same')
  t.equal(rows.at(-1)!.target, '')
  for (let i = 0; i < 5000; i++) facts.note(request('/again'), undefined, plain, 0, 'upstream', 1)
  t.equal(sent.length, 2, 'a full batch goes at once')
  t.equal(sent[1]!.rows, 4096)
})

t.test('where it came from is told as a hash, and only where callers are watched', async t => {
  const { facts, sent } = open()
  facts.note(request('/a'), undefined, plain, 0, 'upstream', 1)
  facts.flush(START)
  t.equal(sent[0]!.clients, undefined)

  const told: FactBatch[] = []
  const clients = new ClientNames({
    ...{ trusts: () => false, trustsAny: false, host: '0.0.0.0' },
    hash: text => scopes.hashOnce(text),
  })
  const routes = ['unlearned', 'other']
  const watched = new ExchangeFacts({
    run: 78,
    redactor,
    scopes,
    clients,
    routes,
    perSecond: 1e6,
    send: batch => told.push(batch),
  })
  for (let batch = 0; batch < 2; batch++) {
    for (const remoteAddress of ['192.0.2.7', '192.0.2.8', '192.0.2.7', '127.0.0.1'])
      watched.note({ ...request('/a'), remoteAddress }, undefined, plain, 0, 'upstream', 1)
    watched.flush(START)
  }
  t.notMatch(JSON.stringify(told), '192.0.2')
  for (const batch of told) {
    const reader = new FactReader(batch)
    const names = [0, 1, 2, 3].map(i => reader.row(i).client)
    t.match(names[0], /^[\w-]{22}$/)
    t.not(names[1], names[0])
    t.equal(names[2], names[0])
    t.equal(names[3], '', 'this machine says nothing of who asks')
  }
})

t.test('who asks has another name under another key, on connections that were there before as well', async t => {
  const sent: FactBatch[] = []
  const keyed = new Scopes(Buffer.alloc(32), ['authorization'])
  const facts = new ExchangeFacts({
    ...{ run: 81, redactor, scopes: keyed, routes: ['unlearned', 'other'], perSecond: 1e6 },
    send: batch => sent.push({ ...batch, scopes: [...batch.scopes] }),
  })
  const notes: ScopeNotes = { scope: undefined, scopeGeneration: 0, forwardedClient: undefined }
  for (const key of [0, 1]) {
    if (key === 1) keyed.rekey(Buffer.alloc(32, 1))
    facts.note(request('/a', ['authorization', 'Bearer a']), notes, plain, 0, 'upstream', 1)
    facts.flush(START)
  }
  const [before, after] = sent.map(batch => new FactReader(batch).row(0).scope)
  t.equal(after, keyed.of(['authorization', 'Bearer a'], ''))
  t.not(before, after)
})

/** `perSecond` of 10, and a crowd of 2,000 exchanges a second on one route. */
function crowd(seconds: number, odd: (n: number) => Partial<{ target: string; status: number; bytesOut: number }>) {
  const sent: FactBatch[] = []
  const routes = ['unlearned', 'other', 'GET /users/{id}']
  const facts = new ExchangeFacts({
    ...{ run: 79, redactor, scopes, routes, perSecond: 10 },
    send: batch => sent.push({ ...batch, targets: [...batch.targets], scopes: [...batch.scopes] }),
  })
  let bytesOut = 0
  let sumMs = 0
  for (let n = 0; n < seconds * 2000; n++) {
    const startedAt = START + Math.floor(n / 2)
    const { target = `/users/${n % 7}`, ...strange } = odd(n)
    const trace = { ...plain, seq: facts.next(), startedAt, bytesOut: 100 + (n % 3), ...strange }
    const totalMs = 1 + (n % 10)
    bytesOut += trace.bytesOut
    sumMs += totalMs
    facts.note(request(target), undefined, trace, 2, 'upstream', totalMs)
    if (n % 300 === 299) facts.flush(startedAt)
  }
  facts.flush(START + seconds * 1000)
  const rows = sent.flatMap(batch => {
    const reader = new FactReader(batch)
    return Array.from({ length: batch.rows }, (_, i) => {
      const { count, isTogether, seq, target, status, share, bytesOut: bytes, totalMs, at } = reader.row(i)
      return { count, isTogether, seq, target, status, share, bytesOut: bytes, totalMs, at }
    })
  })
  return { facts, sent, rows, bytesOut, sumMs }
}

t.test('above a rate, exchanges that are alike share rows, and nothing is missing in their sums', async t => {
  const { sent, rows, bytesOut, sumMs, facts } = crowd(10, () => ({}))
  t.ok(rows.length < 4000, `${rows.length} rows of 20,000 exchanges`)
  const sum = (of: (row: (typeof rows)[number]) => number): number => rows.reduce((all, row) => all + of(row), 0)
  t.equal(
    sum(row => row.count),
    20_000,
  )
  t.equal(
    sum(row => row.bytesOut),
    bytesOut,
  )
  t.ok(Math.abs(sum(row => row.count * row.totalMs) / sumMs - 1) < 1e-5)
  for (let second = 2; second < 10; second++) {
    const began = START + second * 1000
    const ofSecond = rows.filter(({ at }) => at >= began && at < began + 1000)
    t.equal(
      ofSecond.reduce((all, row) => all + row.count, 0),
      2000,
      'seconds are told apart',
    )
    for (let ms = 1; ms <= 10; ms++)
      t.equal(
        ofSecond.filter(({ totalMs }) => Math.abs(totalMs / ms - 1) < 0.02).reduce((all, row) => all + row.count, 0),
        200,
        'and how long they took',
      )
  }
  const together = rows.filter(({ isTogether }) => isTogether)
  t.ok(together.some(({ count }) => count > 5))
  t.same(new Set(together.map(({ target }) => target)), new Set(['']))
  const late = rows.filter(({ at, seq, share }) => at >= START + 2000 && seq > 0 && isKept(seq, share))
  t.ok(late.length > 40 && late.length < 130, `${late.length}, about 10 a second are kept one by one`)
  t.ok(
    rows.every(({ isTogether, count }) => isTogether || count === 1),
    'what has a number is one exchange',
  )

  facts.flush(START + 20_000)
  facts.note(request('/users/1'), undefined, { ...plain, seq: 7, startedAt: START + 20_001 }, 2, 'upstream', 1)
  facts.flush(START + 20_100)
  t.equal(sent.at(-1)!.counts, undefined, 'after the crowd each is told by itself')
})

t.test('in a crowd, what is new, what is not there and what is larger is told one by one', async t => {
  const { rows } = crowd(4, n => {
    if (n % 50 === 7) return { target: `/users/${1000 + n}` }
    if (n % 50 === 8) return { status: 404 }
    if (n === 7009) return { bytesOut: 5_000_000 }
    return {}
  })
  const told = rows.filter(({ isTogether }) => !isTogether)
  t.equal(told.filter(({ target }) => /^\/users\/\d{4}/.test(target)).length, 160, 'somebody walks')
  t.equal(told.filter(({ status }) => status === 404).length, 160, 'somebody tries')
  t.same(
    told.filter(({ bytesOut }) => bytesOut > 1000).map(({ bytesOut }) => bytesOut),
    [5_000_000],
  )
})

t.test('in a crowd, each credential is told at least once a batch', async t => {
  const sent: FactBatch[] = []
  const routes = ['unlearned', 'other', 'GET /users/{id}']
  const facts = new ExchangeFacts({ run: 80, redactor, scopes, routes, perSecond: 1, send: batch => sent.push(batch) })
  const asks = (who: string): void =>
    facts.note(
      request('/users/7', ['authorization', who]),
      undefined,
      { ...plain, seq: facts.next() },
      2,
      'upstream',
      1,
    )
  for (let i = 0; i < 100; i++) asks('a')
  facts.flush(START)
  for (let i = 0; i < 100; i++) asks(i === 60 ? 'b' : 'a')
  facts.flush(START)
  const reader = new FactReader(sent[1]!)
  const seen = new Set(Array.from({ length: reader.rows }, (_, i) => reader.row(i).scope))
  t.ok(seen.has(scopes.of(['authorization', 'a'], '')))
  t.ok(seen.has(scopes.of(['authorization', 'b'], '')))
  t.ok(reader.rows < 20)
})
