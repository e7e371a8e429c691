// What others captured, in batches for the learner: in order, each with the position behind it, no more on the way than two.
import t from 'tap'
import type { RedisClient, Reply } from '../../../core/shared/redis-client.js'
import { sharedKeys } from '../../../core/shared/shared-keys.js'
import { Tail } from '../../../core/shared/tail.js'

interface Entry {
  readonly id: string
  readonly by: string
  readonly turn: number
  readonly count: number
  readonly text: string
}

const entryReply = ({ id, by, turn, count, text }: Entry): Reply => [
  Buffer.from(id),
  [
    ...[Buffer.from('by'), Buffer.from(by), Buffer.from('turn'), Buffer.from(String(turn))],
    ...[Buffer.from('count'), Buffer.from(String(count)), Buffer.from('bytes'), Buffer.from(text)],
  ],
]

async function setUp(replies: Entry[][]) {
  const delivered: { text: string; position: string | undefined; learned: () => void }[] = []
  let resyncs = 0
  const redis = {
    call: async (command: string): Promise<Reply> => {
      if (command === 'XINFO')
        return [Buffer.from('last-generated-id'), Buffer.from('5-0'), Buffer.from('first-entry'), []]
      return command === 'XREAD' ? null : []
    },
    wait: async (): Promise<Reply> => {
      const entries = replies.shift() ?? []
      return entries.length === 0 ? null : [[Buffer.from('exchanges'), entries.map(entryReply)]]
    },
  } as unknown as RedisClient
  const tail = new Tail({
    ...{ redis, keys: sharedKeys('test'), instance: 'me', era: 'e', position: 'e 5-0' },
    deliver: (bytes, position) =>
      new Promise(learned => {
        delivered.push({ text: bytes.toString(), position, learned })
      }),
    onResync: () => {
      resyncs += 1
    },
  })
  t.notOk(await tail.begin(), 'it goes on where it was')
  return { tail, delivered, resyncs: () => resyncs }
}

const run = (by: string, from: number, many: number, count: number): Entry[] =>
  Array.from({ length: many }, (_, i) => ({
    id: `${from + i}-0`,
    by,
    turn: from + i,
    count,
    text: `${by}${from + i} `,
  }))

t.test('many small ones are one batch, up to what a batch may hold, and own ones are left out', async t => {
  const [first, second] = [run('b', 6, 10, 8), run('me', 16, 3, 8)]
  const { tail, delivered } = await setUp([[...first, ...second]])
  const step = tail.step()
  await new Promise(resolve => setImmediate(resolve))
  t.same(
    delivered.map(({ text, position }) => [text, position]),
    [
      ['b6 b7 b8 b9 b10 b11 b12 b13 ', 'e 13-0'],
      ['b14 b15 ', 'e 15-0'],
    ],
    'the second goes out before the first is learned',
  )
  delivered[0]!.learned()
  await step
  t.equal(tail.position, 'e 18-0')
})

t.test('no more than two are on their way', async t => {
  const { tail, delivered } = await setUp([run('b', 6, 3, 64), run('b', 9, 1, 64)])
  let isOver = false
  const step = tail.step().then(() => {
    isOver = true
  })
  const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
  await turn()
  t.equal(delivered.length, 2)
  delivered[0]!.learned()
  await turn()
  t.equal(delivered.length, 3)
  t.notOk(isOver)
  delivered[1]!.learned()
  await step
  const next = tail.step()
  await turn()
  t.equal(delivered.length, 4, 'and what is left of them counts for the next look')
  delivered[2]!.learned()
  await next
})

t.test('before a gap all is delivered with its position, behind it without', async t => {
  const { tail, delivered, resyncs } = await setUp([[...run('b', 6, 2, 1), ...run('b', 9, 1, 1)]])
  const step = tail.step()
  await new Promise(resolve => setImmediate(resolve))
  for (const { learned } of delivered) learned()
  await step
  t.equal(resyncs(), 1)
  t.same(
    delivered.map(({ text, position }) => [text, position]),
    [
      ['b6 b7 ', 'e 7-0'],
      ['b9 ', undefined],
    ],
  )
})
