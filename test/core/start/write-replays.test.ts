import t from 'tap'
import { steadyClock } from '../../../core/clock/clock.js'
import type { ReplayOutcome, ReplayWrite } from '../../../core/contract/journal.js'
import type { MainToEdge } from '../../../core/contract/messages.js'
import { WriteReplays } from '../../../core/start/write-replays.js'

const write = {} as ReplayWrite
const sent: ReplayOutcome = { kind: 'held' }

/** Edges of which the one at `edge` takes connections; undefined: none does. */
function startReplays(edge: { takes: number | undefined }) {
  const asked: number[] = []
  const replays = new WriteReplays({
    sendToOne: (message: MainToEdge) => {
      if (message.kind === 'replay-ask') asked.push(message.askId)
      return edge.takes
    },
  })
  return { asked, send: () => replays.send(write, steadyClock.now() + 600_000), replays }
}

t.test('what an edge was sending when it went is lost, and nothing else', async t => {
  const edge = { takes: 0 }
  const { asked, send, replays } = startReplays(edge)
  const first = send()
  edge.takes = 1
  const second = send()
  replays.edgeGone(0)
  t.match(await first, { kind: 'lost', because: /did not say/ })
  replays.settle(asked[1]!, sent)
  t.equal(await second, sent)
})

t.test('what was settled is not lost when its edge goes later', async t => {
  const { asked, send, replays } = startReplays({ takes: 0 })
  const answer = send()
  replays.settle(asked[0]!, sent)
  replays.edgeGone(0)
  t.equal(await answer, sent)
})

t.test('where no edge takes connections it is held at once', async t => {
  const { send } = startReplays({ takes: undefined })
  t.same(await send(), { kind: 'held' })
})
