import t from 'tap'
import { Followed } from '../../../core/threads/followed.js'

/** Longer than any test. */
const LONG_MS = 600_000

t.test('it is followed when every edge says so', async t => {
  const followed = new Followed(2)
  let isFollowed = false
  const waiting = followed.by(3, LONG_MS).then(() => {
    isFollowed = true
  })
  followed.heard(0, 3)
  await Promise.resolve()
  t.notOk(isFollowed, 'one edge has not said anything yet')
  followed.heard(1, 2)
  await Promise.resolve()
  t.notOk(isFollowed, 'one edge follows what was before')
  followed.heard(1, 4)
  await waiting
  t.ok(isFollowed, 'a later one will do')
  await followed.by(3, LONG_MS)
})

t.test('several wait, each for its own', async t => {
  const followed = new Followed(1)
  const told: number[] = []
  const waiting = [2, 1].map(version => followed.by(version, LONG_MS).then(() => told.push(version)))
  followed.heard(0, 1)
  await waiting[1]
  t.same(told, [1])
  followed.heard(0, 2)
  await waiting[0]
  t.same(told, [1, 2])
})

t.test('an edge that hangs is not waited for', async t => {
  const followed = new Followed(1)
  await followed.by(1, 0)
  followed.heard(0, 1)
  await followed.by(1, LONG_MS)
  t.pass('it resolves')
})
