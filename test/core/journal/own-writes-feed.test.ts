import t from 'tap'
import type { OwnWritesNews } from '../../../core/contract/own-write.js'
import type { PendingOwn } from '../../../core/journal/journal.js'
import { OwnWritesFeed, type OwnWritesLimits } from '../../../core/journal/own-writes-feed.js'

function feedOf(limits?: OwnWritesLimits) {
  const clock = { at: 0, now: () => clock.at }
  const told: OwnWritesNews[] = []
  const feed = new OwnWritesFeed({
    tell: news => told.push(news),
    setVersion: version => t.equal(version, told.length + 1, 'the version before the news'),
    redactPath: path => path.replace('secret', '~'),
    redactBody: body => Buffer.from(body.toString().replace('secret', '[redacted]')),
    clock,
    ...(limits === undefined ? {} : { limits }),
  })
  return { feed, told, clock }
}

function pending(id: string, more: Partial<PendingOwn> = {}): PendingOwn {
  return {
    id,
    order: 1,
    writer: 'a',
    method: 'PATCH',
    target: '/books/7?x=1',
    headers: ['content-type', 'application/json'],
    body: Buffer.from('{"n":1}'),
    temporary: undefined,
    names: [],
    acceptedAt: 0,
    ...more,
  }
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

t.test('what comes in one turn goes in one message, redacted, without query and fields', async t => {
  const { feed, told } = feedOf()
  feed.added(pending('1', { target: '/books/secret?token=x', body: Buffer.from('{"n":"secret"}') }))
  feed.added(pending('2', { headers: ['content-type', 'application/merge-patch+json; charset=utf-8'] }))
  feed.added(pending('3', { headers: ['content-type', 'text/plain'] }))
  feed.added(pending('4', { headers: [...pending('').headers, 'content-encoding', 'gzip'] }))
  await turn()
  t.equal(told.length, 1)
  t.match(told[0]!.added, [
    { path: '/books/~', body: '{"n":"[redacted]"}', isMergePatch: false },
    { body: '{"n":1}', isMergePatch: true },
    { body: undefined },
    { body: undefined },
  ])
  t.notMatch(JSON.stringify(told), /token|secret/)
})

t.test('given up it is gone at once; done it stays until the learner has heard of it', async t => {
  const { feed, told, clock } = feedOf()
  feed.added(pending('1'))
  feed.added(pending('2'))
  await turn()
  feed.ended('1', false)
  feed.ended('2', true)
  await turn()
  t.same(told[1]!.ended, ['1'])
  t.match(feed.whole().added, [{ id: '2' }])
  clock.at += 1000
  feed.tick()
  await turn()
  t.same(told[2]!.ended, ['2'])
  t.same(feed.whole().added, [])
})

t.test(
  'bounded: without room for what it says that it was written is told, without that that there is more',
  async t => {
    const { feed, told } = feedOf({ writes: 2, bytes: 10, bodyBytes: 8 })
    for (const id of ['1', '2', '3']) feed.added(pending(id))
    await turn()
    t.match(told[0], {
      added: [
        { id: '1', body: '{"n":1}' },
        { id: '2', body: undefined },
      ],
      crowded: ['a'],
    })
    t.equal(told[0]!.added.length, 2)
    feed.ended('3', false)
    await turn()
    t.same(told[1]!.crowded, [])
    feed.ended('1', false)
    feed.added(pending('4'))
    await turn()
    t.match(told[2]!.added, [{ id: '4', body: '{"n":1}' }], 'there is room again')
  },
)

t.test('what names what became real is told anew, and nothing else', async t => {
  const { feed, told } = feedOf()
  const temporary = { id: '2000000001', isNumber: true }
  feed.added(pending('1', { method: 'POST', target: '/books', temporary }))
  feed.added(
    pending('2', { target: '/books/2000000001', body: Buffer.from('{"of":2000000001}'), names: [temporary.id] }),
  )
  feed.added(pending('3'))
  await turn()
  feed.became('a', temporary.id, { id: '42', isNumber: true }, 5)
  await turn()
  t.match(told[1], {
    added: [
      { id: '1', temporary: { id: '42' } },
      { id: '2', path: '/books/42', body: '{"of":42}' },
    ],
    madeReal: [{ writer: 'a', temporaryId: '2000000001', id: '42' }],
  })
  t.equal(told[1]!.added.length, 2)
})
