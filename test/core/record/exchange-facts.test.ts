import t from 'tap'
import { type FactBatch, FactReader } from '../../../core/contract/facts.js'
import { ClientNames } from '../../../core/record/client-names.js'
import { ExchangeFacts, type NotedTrace } from '../../../core/record/exchange-facts.js'
import { Redactor } from '../../../core/record/redact.js'
import { Scopes } from '../../../core/record/scope.js'

const scopes = new Scopes(Buffer.alloc(32), ['authorization'])
const redactor = new Redactor([], secret => scopes.hash(secret))
const START = 1_700_000_000_000

function open(): { facts: ExchangeFacts; sent: FactBatch[] } {
  const sent: FactBatch[] = []
  const routes = ['unlearned', 'other', 'GET /users/{id}']
  const send = (batch: FactBatch) => sent.push({ ...batch, targets: [...batch.targets], scopes: [...batch.scopes] })
  return { facts: new ExchangeFacts({ run: 77, redactor, scopes, routes, send }), sent }
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
  facts.flush()
  facts.flush()
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
  facts.flush()
  t.same(
    rowsOf(sent[0]!).map(({ at }) => at),
    [START, START - 5 * 3_600_000, START + 5],
  )
})

t.test('secrets do not leave the edge, and texts are told once a batch', async t => {
  const { facts, sent } = open()
  const notes: { scope: string | undefined; forwardedClient: undefined } = {
    scope: undefined,
    forwardedClient: undefined,
  }
  const asked = request('/a?password=hunter2', ['authorization', 'Bearer a'])
  for (let batch = 0; batch < 2; batch++) {
    for (let i = 0; i < 3; i++) facts.note(asked, notes, plain, 0, 'upstream', 1)
    facts.flush()
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
  facts.flush()
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
  facts.flush()
  t.equal(sent[0]!.clients, undefined)

  const told: FactBatch[] = []
  const clients = new ClientNames({
    ...{ trusts: () => false, trustsAny: false, host: '0.0.0.0' },
    hash: text => scopes.hashOnce(text),
  })
  const routes = ['unlearned', 'other']
  const watched = new ExchangeFacts({ run: 78, redactor, scopes, clients, routes, send: batch => told.push(batch) })
  for (let batch = 0; batch < 2; batch++) {
    for (const remoteAddress of ['192.0.2.7', '192.0.2.8', '192.0.2.7', '127.0.0.1'])
      watched.note({ ...request('/a'), remoteAddress }, undefined, plain, 0, 'upstream', 1)
    watched.flush()
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
