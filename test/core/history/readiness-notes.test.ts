import t from 'tap'
import type { NotedReadiness } from '../../../core/contract/history.js'
import type { ReadinessReport } from '../../../core/contract/readiness.js'
import { noteReadiness } from '../../../core/history/readiness-notes.js'

const report: ReadinessReport = {
  ...{ overall: 0.9, unstorable: 0, minConfidence: 0.7, routes: [], missing: [] },
  repeated: { share: 0.75, readiness: 1 },
  unseen: { share: 0.25, readiness: null },
}
const clock = { now: () => 1234 }

t.test('what the report says is noted, where somebody takes it and the learner answers', async t => {
  const noted: NotedReadiness[] = []
  const history = { readiness: (one: NotedReadiness) => noted.push(one) }
  let asked = 0
  const brain = (said: ReadinessReport | undefined) => ({
    readiness: async () => {
      asked += 1
      return said
    },
  })
  await noteReadiness(brain(report), () => history, clock)
  t.same(noted, [{ at: 1234, overall: 0.9, repeated: 1, unseen: null, unseenShare: 0.25 }])
  await noteReadiness(brain(undefined), () => history, clock)
  await noteReadiness(brain(report), () => undefined, clock)
  t.equal(noted.length, 1)
  t.equal(asked, 2, 'the learner is not asked for nobody')
})
