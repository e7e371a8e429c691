// thread: main of a process that is no proxy
// How a proxy is, on one screen. Pure.
import type { HistoryStatus } from '../../contract/history.js'
import type { ReadinessReport } from '../../contract/readiness.js'
import type { SharedStatus } from '../../contract/shared.js'
import type { CircuitStatus, ProxyStatus } from '../../contract/status.js'
import type { Paint } from '../paint.js'
import { bytesText, countText, durationText, percentText } from '../quantities.js'

/** What was told at one moment. */
export interface StatusLook {
  readonly status: ProxyStatus
  /** Undefined: the learner did not answer. */
  readonly readiness: ReadinessReport | undefined
  readonly learning: { readonly routes: number; readonly exemplars: number; readonly pending: number }
  /** Epoch ms. */
  readonly at: number
}

/** A second. */
export type Rates = Readonly<Record<string, number>>

const rated = ['requests', 'live', 'refused', 'journalled', 'upstreamFaults'] as const
const MAX_ROUTES = 8

/** Of what was counted between two looks; undefined: nothing was, or the proxy was started anew meanwhile. */
export function ratesBetween(before: StatusLook | undefined, now: StatusLook): Rates | undefined {
  const seconds = before === undefined ? 0 : (now.at - before.at) / 1000
  if (before === undefined || seconds <= 0) return undefined
  const rates: Record<string, number> = {}
  const rate = (name: string, from: number, to: number): void => {
    rates[name] = Math.round((10 * (to - from)) / seconds) / 10
  }
  for (const name of rated) rate(name, before.status.requests[name] ?? 0, now.status.requests[name] ?? 0)
  rate('ghosts', ghostsOf(before.status), ghostsOf(now.status))
  return Object.values(rates).some(one => one < 0) ? undefined : rates
}

function ghostsOf({ ghosts }: ProxyStatus): number {
  return Object.values(ghosts).reduce((sum, count) => sum + count, 0)
}

/** No outage, and the way to the upstream is open. */
export function isWell({ circuit, outage }: Pick<ProxyStatus, 'circuit' | 'outage'>): boolean {
  return circuit.state === 'closed' && outage === null
}

/** Lines without their ends. */
export function statusLines(look: StatusLook, rates: Rates | undefined, paint: Paint): string[] {
  const { status, readiness, learning, at } = look
  const line = (name: string, text: string): string => `${paint.dim(name.padEnd(10))} ${text}`
  const lines = [
    `${paint.bold(`chaos-proxy ${status.version}`)}  up ${durationText(status.uptimeS)}, mode ${status.mode === 'auto' ? 'auto' : paint.warn(status.mode)}`,
  ]
  if (status.outage !== null) {
    const { since, because, ghosts, refused } = status.outage
    lines.push(
      paint.bad(
        `OUTAGE since ${clockOf(since)} (${sinceText(since, at)}): ${because}; ${countText(ghosts, 'ghost')}, ${refused} refused`,
      ),
    )
  }
  for (const one of status.drills === 'off' ? [] : status.drills.running) {
    const { id, kind, endsAt } = one as { id?: string; kind?: string; endsAt?: string }
    lines.push(paint.warn(`DRILL ${id}: ${kind}, until ${clockOf(endsAt ?? '')}; chaos-proxy drill began it`))
  }
  lines.push('', line('state', stateText(status, paint)), line('circuit', circuitText(status.circuit, at, paint)))
  for (const route of status.routeCircuits.slice(0, MAX_ROUTES))
    lines.push(line('', `${route.route}: ${circuitText(route, at, paint)}`))
  if (status.routeCircuits.length > MAX_ROUTES)
    lines.push(line('', `and ${status.routeCircuits.length - MAX_ROUTES} more routes; --json has them all`))
  status.upstreams.forEach((upstream, i) => {
    const { url, healthy, full, outstanding, connections, requests, failures, lastProbe } = upstream
    const how = healthy ? (full ? paint.warn('full') : paint.good('healthy')) : paint.bad('unhealthy')
    const probe = lastProbe === null || lastProbe.ok ? '' : `; ${lastProbe.because}`
    lines.push(
      line(
        i === 0 ? 'upstreams' : '',
        `${url} ${how}, ${outstanding} under way, ${countText(connections, 'connection')}, ${countText(requests, 'request')}, ${countText(failures, 'failure')}${probe}`,
      ),
    )
  })
  lines.push(
    line('traffic', trafficText(status, rates)),
    line(
      'ghosts',
      `${Object.entries(status.ghosts)
        .map(([tier, count]) => `${tier} ${count}`)
        .join('  ')}, since the start`,
    ),
    line('readiness', readinessText(readiness)),
    line(
      'learned',
      `${countText(learning.routes, 'route')}, ${countText(learning.exemplars, 'answer')}, ${learning.pending} waiting, ${status.drops.learner} dropped`,
    ),
    line('journal', journalText(status, at, paint)),
    line('stores', storesText(status, paint)),
    line('process', processText(status, paint)),
  )
  return lines
}

function stateText({ health }: ProxyStatus, paint: Paint): string {
  if (health.colour === 'green') return paint.good('green')
  return `${paint.warn('yellow')}: ${health.because.join('; ')}`
}

function circuitText(
  { state, since, because, nextProbeAt, opened, probes, sharePercent }: CircuitStatus,
  at: number,
  paint: Paint,
): string {
  const times = opened === 0 ? '' : `, opened ${countText(opened, 'time')}`
  if (state === 'closed') {
    const share = sharePercent < 100 ? `, ${sharePercent} % of the traffic goes through` : ''
    return `${paint.good('closed')}${share}${times}`
  }
  const why = because === '' ? '' : `: ${because}`
  if (state === 'half-open')
    return `${paint.warn('half-open')} for ${sinceText(since, at)}${why}; ${probes.ok} of ${probes.needed} probes went well${times}`
  const next =
    nextProbeAt === null
      ? ''
      : `; next probe ${Date.parse(nextProbeAt) <= at ? 'now' : `in ${sinceText(at, nextProbeAt)}`}`
  return `${paint.bad('open')} for ${sinceText(since, at)}${why}${next}${times}`
}

function trafficText({ requests }: ProxyStatus, rates: Rates | undefined): string {
  const active = `${requests.activeRequests ?? 0} under way`
  if (rates === undefined) return `${countText(requests.requests ?? 0, 'request')} since the start, ${active}`
  const { live, ghosts, refused, journalled, upstreamFaults } = rates
  const more = [
    `live ${rate(live)}`,
    `ghosts ${rate(ghosts)}`,
    `refused ${rate(refused)}`,
    ...(journalled === 0 ? [] : [`journalled ${rate(journalled)}`]),
    `faults ${rate(upstreamFaults)}`,
  ]
  return `${rate(rates.requests)}/s: ${more.join('  ')}, ${active}`
}

function rate(perSecond: number | undefined): string {
  const number = perSecond ?? 0
  return number >= 100 ? String(Math.round(number)) : number.toFixed(1)
}

function readinessText(readiness: ReadinessReport | undefined): string {
  if (readiness === undefined) return 'the learner does not answer'
  if (readiness.overall === null) return 'nothing was measured yet'
  const { overall, repeated, unseen, unstorable } = readiness
  const more = unstorable > 0 ? `; ${percentText(unstorable)} may not be kept` : ''
  return `${percentText(overall)} like the truth if it died now (asked before ${percentText(repeated.readiness)}, new ${percentText(unseen.readiness)}${more})`
}

function journalText({ journal }: ProxyStatus, at: number, paint: Paint): string {
  if (journal === 'off') return 'off'
  const { counts, bytes, maxBytes, full, failing, oldestWaiting } = journal
  const parked = counts.parked > 0 ? paint.warn(`${counts.parked} parked`) : '0 parked'
  const oldest = oldestWaiting === null ? '' : `, the oldest for ${sinceText(oldestWaiting, at)}`
  const wrong = failing === '' ? (full ? `; ${paint.bad('full')}` : '') : `; ${paint.bad(failing)}`
  return `${counts.pending + counts.sending} waiting${oldest}, ${parked}, ${counts.done} done; ${bytesText(bytes)} of ${bytesText(maxBytes)}${wrong}`
}

function storesText({ stores }: ProxyStatus, paint: Paint): string {
  const { memory, vectors } = stores
  const [shared, history] = [stores.shared as SharedStatus | 'off', stores.history as HistoryStatus | 'off']
  const state = (one: string): string => (one === 'up' ? paint.good(one) : paint.warn(one))
  return [
    `memory ${bytesText(memory.bytes)}${memory.failing === '' ? '' : ` ${paint.bad(memory.failing)}`}`,
    `vectors ${vectors.count} (${vectors.embedder === '' ? 'no embedder yet' : vectors.embedder})`,
    shared === 'off' ? 'shared off' : `shared ${state(shared.state)}`,
    history === 'off' ? 'history off' : `history ${history.store.kind} ${state(history.store.state)}`,
  ].join(', ')
}

function processText({ threads, memory }: ProxyStatus, paint: Paint): string {
  const { front, edges, edgesRunning, edgeRestarts, learnerRestarts, embedderRestarts } = threads
  const running = `${edgesRunning} of ${countText(edges, 'edge')} (${front})`
  const restarts = edgeRestarts + learnerRestarts + embedderRestarts
  const limit = memory.limitBytes === 0 ? '' : ` of ${bytesText(memory.limitBytes)}`
  const calm = memory.state === 'calm' ? '' : ` ${paint.bad(memory.state)}`
  return `${edgesRunning < edges ? paint.bad(running) : running}, ${countText(restarts, 'restart')}, ${bytesText(memory.usedBytes)}${limit}${calm}`
}

/** ISO 8601 or epoch ms, both. */
function sinceText(from: string | number, to: string | number): string {
  const ms = (moment: string | number): number => (typeof moment === 'number' ? moment : Date.parse(moment))
  return durationText((ms(to) - ms(from)) / 1000)
}

/** UTC, as the log has it. */
function clockOf(iso: string): string {
  return `${iso.slice(11, 19)} UTC`
}
