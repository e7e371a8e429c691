import t from 'tap'
import type { RunningDrill } from '../../../core/contract/drills.js'
import type { SharedDoor } from '../../../core/shared/shared-door.js'
import { CircuitNews } from '../../../core/start/circuit-news.js'

t.test('others hear of circuits when something changed, and of none while a drill runs', async t => {
  const told: [string, readonly string[]][] = []
  const door = { circuits: (upstreams: string, open: readonly string[]) => told.push([upstreams, open]) }
  const state = {
    door: undefined as SharedDoor | undefined,
    name: 'a',
    open: ['upstream'],
    running: [] as RunningDrill[],
  }
  const news = new CircuitNews({
    others: state,
    upstreams: state,
    drills: state,
    watch: { notClosed: () => state.open },
  })
  news.look()
  t.same(told, [], 'this instance is alone')

  state.door = door as unknown as SharedDoor
  news.look()
  news.look()
  t.same(told.splice(0), [['a', ['upstream']]])

  state.running = [{} as RunningDrill]
  news.look()
  t.same(told.splice(0), [['a', []]], 'what is imitated here is nothing to others')

  state.running = []
  state.open = []
  news.look()
  t.same(told, [], 'they know of none already')

  state.name = 'b'
  news.look()
  t.same(told, [['b', []]], 'other upstreams')
})
