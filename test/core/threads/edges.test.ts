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
    now: () => performance.now(),
    mayTerminate: true,
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
    now: () => performance.now(),
    mayTerminate: true,
    onMessage: () => {},
    onReady: () => {},
  })
  await t.rejects(edges.start(), /no-such-file/)
})

/** An edge that hangs in a loop without end, or for as long as it is told; the clock is the test's. */
async function hanging(mayTerminate: boolean, forMs: number) {
  const door: string[] = []
  let now = 0
  const ready: number[] = []
  const edges = new Edges({
    count: 1,
    workerUrl: fragile,
    workerDataOf: edge => ({ edge, hangsForMs: forMs }),
    door: { add: () => door.push('+'), remove: () => door.push('-') },
    log: silentLog,
    now: () => now,
    mayTerminate,
    onMessage: () => {},
    onReady: edge => ready.push(edge),
  })
  await edges.start()
  edges.look()
  /** `awayMs`: before the first look. */
  const pass = (ms: number, awayMs = 0): void => {
    now += awayMs
    for (const end = now + ms; now < end; now += 500) edges.look()
  }
  edges.send(0, { kind: 'outage-over' })
  return { edges, door, ready, pass }
}

t.test('an edge that hangs is ended and started again', async t => {
  const { edges, door, ready, pass } = await hanging(true, Number.POSITIVE_INFINITY)
  pass(9000)
  t.equal(edges.hangs, 0, 'not yet')
  pass(2000)
  t.equal(edges.hangs, 1)
  while (ready.length < 2) await new Promise(resolve => setTimeout(resolve, 5))
  t.match(
    { restarts: edges.restarts, running: edges.running, door: door.join('') },
    { restarts: 1, running: 1, door: '+-+' },
  )
  await edges.close(1000)
})

t.test('one that cannot be ended gets no connections until it goes on', async t => {
  const { edges, door, pass } = await hanging(false, 300)
  pass(11_000)
  t.match({ hangs: edges.hangs, running: edges.running, door: door.join('') }, { hangs: 1, running: 0, door: '+-' })
  while (edges.running === 0) await new Promise(resolve => setTimeout(resolve, 5))
  t.equal(door.join(''), '+-+')
  await edges.close(1000)
})

t.test('main itself was away: what the edges said meanwhile is still to be read', async t => {
  const { edges, pass } = await hanging(true, 300)
  pass(9000)
  // Its own timer did not run for a minute.
  pass(0, 60_000)
  pass(9000)
  t.equal(edges.hangs, 0)
  await edges.close(1000)
})
