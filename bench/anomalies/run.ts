// `npm run bench:anomalies`: what is found of what is put into traffic, how soon, and how often all is well and something is told.
// Everything is in simulated time and comes from a seed: two runs say the same.
import { parseArgs } from 'node:util'
import { groupKey } from '../../core/contract/anomalies.js'
import { formatTable } from '../table.js'
import { answerCases } from './answer-cases.js'
import { recordedAnswers, recordedBackends } from './recorded.js'
import { START_AT } from './shop.js'
import { trafficCases } from './traffic-cases.js'
import { AnswersInTime } from './watched-answers.js'
import { watchTraffic } from './watched-traffic.js'

const usage = `npm run bench:anomalies -- [options]
  --days N        simulated days of normal traffic (default 2)
  --seed N        another run (default 1)
  --times N       each case put into it so often, at other hours (default 3)
  --told N        as an edge that tells so many a second one by one, and what is alike of the rest together (default: all of them)
  --exchanges N   recorded answers learned before anything happens to them, by backend (default 3000)`

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const BUDGET_FOUND = 0.95
const BUDGET_FALSE = 1
const LEAD_MS = 900_000
/** Answers that are changed at most, until it must have been found. */
const MAX_CHANGED = 1500

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    times: { type: 'string', default: '3' },
    exchanges: { type: 'string', default: '3000' },
    told: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
const [days, seed, times, exchanges] = [values.days, values.seed, values.times, values.exchanges].map(Number) as [
  number,
  number,
  number,
  number,
]
const toldPerSecond = values.told === undefined ? undefined : Number(values.told)
if (
  values.help ||
  (toldPerSecond !== undefined && !(toldPerSecond > 0)) ||
  ![days, seed, times, exchanges].every(value => value > 0)
) {
  console.error(usage)
  process.exit(values.help ? 0 : 64)
}

interface Found {
  readonly name: string
  readonly kind: string
  /** Seconds; undefined: it was not found. */
  readonly after: readonly (number | undefined)[]
}

const alarms = new Map<string, { readonly from: 'requests' | 'answers'; readonly says: string }>()
const startedTick = performance.now()
const normal = watchTraffic({ seed, from: START_AT, to: START_AT + days * DAY_MS, toldPerSecond })
const tookS = (performance.now() - startedTick) / 1000
for (const { signal } of normal.told) alarms.set(groupKey(signal), { from: 'requests', says: signal.says })
console.log(
  `${normal.requests} normal requests in ${days} simulated days, made and watched in ${tookS.toFixed(0)} s; what is known of them has ${Math.round(JSON.stringify(normal.saved).length / 1024)} KiB`,
)

const found: Found[] = trafficCases.map(({ name, kind, subject, detail, trouble, withinS }) => ({
  ...{ name, kind },
  after: Array.from({ length: times }, (_, i) => {
    const at = START_AT + days * DAY_MS + ((3 + i * 5.5) % 24) * HOUR_MS
    let after: number | undefined
    watchTraffic({
      ...{ seed: 1000 * seed + i, from: at - LEAD_MS, to: at + withinS * 1000 },
      ...{ saved: normal.saved, trouble, troubleFrom: at, toldPerSecond },
      until: ({ at: toldAt, signal }) => {
        if (toldAt < at || signal.kind !== kind || (subject ?? signal.subject) !== signal.subject) return false
        if ((detail ?? signal.detail) !== signal.detail) return false
        after = (toldAt - at) / 1000
        return true
      },
    })
    return after
  }),
}))

let learned = 0
for (const backend of recordedBackends) {
  const recorded = recordedAnswers(backend)
  const inTime = new AnswersInTime(recorded, seed)
  const { told } = await inTime.ask(exchanges)
  for (const { signal } of told) alarms.set(`${backend} ${groupKey(signal)}`, { from: 'answers', says: signal.says })
  learned += exchanges
  const kept = await inTime.keep()
  for (const { name, kind, change } of answerCases) {
    const after: (number | undefined)[] = []
    for (let i = 0; i < times; i++) {
      const again = new AnswersInTime(recorded, 100 * seed + i, kept)
      const { told } = await again.ask(MAX_CHANGED, change, signal => signal.kind === kind)
      const hit = told.find(({ signal }) => signal.kind === kind)
      after.push(hit === undefined ? undefined : (hit.at - kept.at) / 1000)
      await again.close()
    }
    found.push({ name: `${name} (${backend})`, kind, after })
  }
  inTime.remove()
}

console.log(
  formatTable(
    ['case', 'told as', 'found', 'median s', 'slowest s'],
    found.map(({ name, kind, after }) => {
      const hits = after.filter(one => one !== undefined).sort((a, b) => a - b)
      const median = hits[Math.floor((hits.length - 1) / 2)]
      return [name, kind, `${hits.length} of ${after.length}`, told(median), told(hits.at(-1))]
    }),
    new Set([0, 1]),
  ),
)
const falseAlarms = [...alarms.values()]
for (const [key, { says }] of alarms) console.log(`false alarm: ${key.replaceAll('\n', ' | ')}: ${says}`)
const all = found.flatMap(({ after }) => after)
const share = all.filter(one => one !== undefined).length / all.length
const inRequests = falseAlarms.filter(({ from }) => from === 'requests').length
const inAnswers = falseAlarms.length - inRequests
const perHundredThousand = (falseAlarms.length / (normal.requests + learned)) * 100_000
// A captured answer stands for many requests, for repeats are not captured: told apart, so that neither hides the other.
console.log(
  `found ${(share * 100).toFixed(1)} % of ${all.length} (wanted ${BUDGET_FOUND * 100} %); false alarms: ${inRequests} in ${normal.requests} requests, ${inAnswers} in ${learned} recorded answers; ${perHundredThousand.toFixed(2)} per 100,000 of both (at most ${BUDGET_FALSE})`,
)
process.exit(share >= BUDGET_FOUND && perHundredThousand <= BUDGET_FALSE ? 0 : 1)

function told(seconds: number | undefined): string {
  return seconds === undefined ? '–' : seconds.toFixed(0)
}
