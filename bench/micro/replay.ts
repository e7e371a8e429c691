#!/usr/bin/env node
// How many requests a second one replay sends and compares, against a target that is fast: the runner as it is in the thread of a
// replay, without the history in front of it. Exit 1 where it is less than the budget.
import { parseArgs } from 'node:util'
import { steadyClock, systemClock } from '../../core/clock/clock.js'
import type { Recording } from '../../core/contract/replays.js'
import { type ReadPlan, readReplayPlan } from '../../core/replay/read-plan.js'
import { Runner, type RunnerReport } from '../../core/replay/runner.js'
import { Secrets } from '../../core/replay/secrets.js'
import { Sender } from '../../core/replay/sender.js'
import { parseUpstream } from '../../core/upstream/address.js'
import { machineOf } from '../machine.js'
import { answerOf } from '../origin.js'
import { cleanUp, startOrigin } from '../processes.js'
import { formatTable } from '../table.js'

const usage = `npm run bench:replay [-- options]
  --requests N       of each kind (default 100000)
  --connections N    (default 64)`

/** One machine, a fast target. */
const BUDGET_PER_S = 5000
const ITEMS = 1000
const nothing = Buffer.alloc(0)

/** `wrong`: the recorded answers are other ones, so that each is parsed and told apart. */
function recordings(count: number, wrong: boolean): Recording[] {
  const captured = Array.from({ length: ITEMS }, (_, i) => {
    const target = `/api/items/${i}`
    const body = Buffer.from(wrong ? answerOf(target, '', 0)!.replace('Item', 'Thing') : answerOf(target, '', 0)!)
    return {
      ...{ method: 'GET', target, scope: '', status: 200, requestBody: nothing, body },
      ...{ requestHeaders: ['accept', 'application/json'], headers: ['content-type', 'application/json'] },
    }
  })
  return Array.from({ length: count }, (_, i) => {
    const one = captured[i % ITEMS]!
    return {
      ...{ id: `b-${i.toString(36)}`, at: i, endedAt: i + 1, route: 'GET /api/items/{id}', method: 'GET' },
      ...{ target: one.target, scope: '', client: '', status: 200, bytesIn: 0, captured: one },
    }
  })
}

async function replayed(url: string, all: readonly Recording[], options: object): Promise<RunnerReport> {
  const { plan } = readReplayPlan(JSON.stringify({ source: 'har', ...options }), [url], Date.now(), 1) as ReadPlan
  const { connections, timeoutMs } = plan
  const limits = { connectTimeoutMs: 5000, idleTimeoutMs: 10_000, maxHeaderBytes: 32_768, tls: undefined }
  const sender = new Sender(parseUpstream(url), { connections, timeoutMs, ...limits })
  const head = { authority: new URL(url).host, pathPrefix: '', viaName: 'chaos-proxy-bench', userAgent: 'bench' }
  const runner = new Runner({
    ...{ plan, head, sender, creations: [], steady: steadyClock, timeOfDay: systemClock },
    ...{ secrets: new Secrets({ scopes: {}, values: {} }), routeOf: () => undefined, redact: body => body },
  })
  runner.add(all)
  runner.start()
  await runner.ended
  sender.close()
  return runner.report()
}

const { values } = parseArgs({
  options: { requests: { type: 'string' }, connections: { type: 'string' }, help: { type: 'boolean' } },
})
if (values.help) {
  process.stdout.write(`${usage}\n`)
  process.exit(0)
}
const [requests, connections] = [Number(values.requests ?? 100_000), Number(values.connections ?? 64)]
if (!Number.isInteger(requests) || requests < 1000 || !Number.isInteger(connections) || connections < 1) {
  process.stderr.write(`--requests and --connections are whole numbers, at least 1000 and 1\n${usage}\n`)
  process.exit(2)
}
process.on('exit', cleanUp)
const say = (text: string): void => void process.stdout.write(`${text}\n`)
say((await machineOf([], 'target and replay share the machine')).lines.join('\n'))
const { url } = await startOrigin()
await replayed(url, recordings(5000, false), { pace: 'fast', connections })
const rows: string[][] = []
for (const [name, wrong, pace] of [
  ['as recorded', false, { pace: 'fast' }],
  ['each one different', true, { pace: 'fast' }],
  [`as recorded, at ${BUDGET_PER_S}/s`, false, { perSecond: BUDGET_PER_S }],
] as const) {
  const report = await replayed(url, recordings(requests, wrong), { ...pace, connections })
  const { perSecond, totals, replayed: took, late } = report
  // A fixed rate cannot be more than it is; one in a hundred may come late.
  const isMet = perSecond >= BUDGET_PER_S * ('perSecond' in pace ? 0.99 : 1)
  rows.push([
    name,
    Math.round(perSecond).toLocaleString('en-US'),
    ...[took.p50Ms, took.p99Ms].map(ms => (ms === null ? '–' : ms.toFixed(2))),
    ...[String(totals.failed), String(late), isMet && totals.failed === 0 ? 'met' : 'missed'],
  ])
}
const columns = ['answers', 'requests/s', 'p50 ms', 'p99 ms', 'failed', 'late', `≥ ${BUDGET_PER_S}/s`]
say(`\n${formatTable(columns, rows, new Set([0, 6]))}`)
process.exit(rows.some(row => row[6] === 'missed') ? 1 : 0)
