import t from 'tap'
import { silentLog } from '../../../core/log/log.js'
import { Edges } from '../../../core/threads/edges.js'

const fragile = new URL('../../support/fragile-edge.js', import.meta.url)

t.test('a crashed edge is taken out before its thread ends, started again, and counted', async t => {
  const door: string[] = []
  const ready: number[] = []
  const gone: { edge: number; readyBefore: number }[] = []
  let again: () => void = () => {}
  const edges = new Edges({
    count: 1,
    workerUrl: fragile,
    workerDataOf: edge => ({ edge }),
    door: { add: descriptor => door.push(`+${descriptor}`), remove: descriptor => door.push(`-${descriptor}`) },
    log: silentLog,
    onMessage: () => {},
    onReady: edge => {
      ready.push(edge)
      if (ready.length === 2) again()
    },
    onGone: edge => gone.push({ edge, readyBefore: ready.length }),
  })
  await edges.start()
  t.equal(edges.running, 1)
  const restarted = new Promise<void>(resolve => {
    again = resolve
  })
  edges.send(0, { kind: 'mode', mode: 'auto' })
  await restarted
  t.equal(edges.restarts, 1)
  t.equal(edges.running, 1)
  t.equal(door.length, 3)
  t.same(gone, [{ edge: 0, readyBefore: 1 }], 'told before there is another one of this number')
  t.equal(door[1], `-${door[0]!.slice(1)}`, 'the crashed one is taken out')
  t.ok(door[2]!.startsWith('+'), 'and the new one let in')
  await edges.close(1000)
  t.equal(edges.running, 0)
})

t.test('an edge that cannot start is an error with its reason', async t => {
  const edges = new Edges({
    count: 1,
    workerUrl: new URL('../../support/no-such-file.js', import.meta.url),
    workerDataOf: () => ({}),
    door: { add: () => {}, remove: () => {} },
    log: silentLog,
    onMessage: () => {},
    onReady: () => {},
  })
  await t.rejects(edges.start(), /no-such-file/)
})
