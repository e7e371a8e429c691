import t from 'tap'
import { LoadCells } from '../../../core/shared/load-cells.js'
import type { RedisClient, Reply } from '../../../core/shared/redis-client.js'
import { SlowRedisError } from '../../../core/shared/redis-problem.js'
import { Sender } from '../../../core/shared/sender.js'
import { sharedKeys } from '../../../core/shared/shared-keys.js'

function setUp(answers: readonly (Error | undefined)[] = []) {
  const load = new LoadCells(LoadCells.create(), 0)
  const turns: number[] = []
  let asked = 0
  const redis = {
    call: (_command: string, ...args: unknown[]): Promise<Reply> => {
      turns.push(Number(args[args.indexOf('turn') + 1]))
      const answer = answers[asked++]
      return answer === undefined ? Promise.resolve(null) : Promise.reject(answer)
    },
  } as unknown as RedisClient
  const sender = new Sender({
    ...{ keys: sharedKeys('test'), instance: 'a', load, now: () => 5000 },
    sleep: async () => {},
  })
  const push = (bytes: number): void => {
    load.handedOver(bytes)
    sender.push({ bytes: new ArrayBuffer(bytes), count: 2 })
  }
  return { load, turns, redis, sender, push }
}

const nothing = async (): Promise<undefined> => undefined

t.test('what Redis does not take stays, in order and under its number, until it does', async t => {
  const full = new Error("OOM command not allowed when used memory > 'maxmemory'.")
  const { load, turns, redis, sender, push } = setUp([undefined, full, full])
  for (let i = 0; i < 3; i++) push(10)
  t.equal(load.pendingBytes, 30)
  const refusals: unknown[] = []
  await sender.run(
    redis,
    () => sender.isIdle,
    error => refusals.push(error),
    nothing,
  )
  t.same(turns, [1, 2, 2, 2, 3])
  t.same(refusals, [undefined, full, full, undefined, undefined])
  t.equal(load.pendingBytes, 0)
  t.equal(load.dropped, 0)
  t.equal(sender.sent, 6)
})

t.test('after a lost connection the one that was on its way goes again', async t => {
  const { load, turns, redis, sender, push } = setUp([undefined, new SlowRedisError('XADD', 1)])
  for (let i = 0; i < 3; i++) push(10)
  await t.rejects(
    sender.run(
      redis,
      () => sender.isIdle,
      () => {},
      nothing,
    ),
    SlowRedisError,
  )
  t.equal(load.pendingBytes, 20)
  await sender.run(
    redis,
    () => sender.isIdle,
    () => {},
    nothing,
  )
  t.same(turns, [1, 2, 2, 3])
})

t.test('one that Redis does not want is given up, and noted as lost', async t => {
  const { load, redis, sender, push } = setUp([new Error('ERR Protocol error: invalid bulk length')])
  push(10)
  push(10)
  await sender.run(
    redis,
    () => sender.isIdle,
    () => {},
    nothing,
  )
  t.equal(load.dropped, 2)
  t.equal(load.takeLostSince(), 5000)
  t.equal(load.takeLostSince(), undefined)
  t.equal(sender.sent, 2)
})

t.test('ends with its connection, also while it looks for more', async t => {
  const { redis, sender } = setUp()
  let isOver = false
  await sender.run(
    redis,
    () => isOver,
    () => {},
    async () => {
      isOver = true
      return undefined
    },
  )
  t.ok(isOver)
})
