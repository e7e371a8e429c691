// Traffic as it runs.
import { useMemo, useState } from 'react'
import type { LiveTick } from '../../../core/contract/live.js'
import { count, milliseconds, rate, score, timeOfDay } from '../format.js'
import type { Seen, SeenEvent } from '../live-store.js'
import { Chart, type Line } from '../parts/chart.js'
import { type Column, DataTable } from '../parts/data-table.js'
import { Flow, perSecond } from '../parts/flow.js'
import { ByMark, isTier, StatusMark, TierLegend, tiers } from '../parts/marks.js'
import { Page, Panel } from '../parts/page.js'
import { Empty } from '../parts/states.js'
import { useLive } from '../use-live.js'
import { useQuery } from '../use-query.js'

const latencyLines: readonly Line[] = [
  { name: 'live p50', colour: 'live' },
  { name: 'live p90', colour: 'live', dash: [6, 4] },
  { name: 'live p99', colour: 'live', dash: [2, 4] },
  { name: 'ghost p50', colour: 'ghost' },
  { name: 'ghost p99', colour: 'ghost', dash: [2, 4] },
]
const trafficLines: readonly Line[] = [
  { name: 'live', colour: 'live', fill: true },
  { name: 'ghosts', colour: 'ghost', fill: true },
  { name: 'no answer', colour: 'fail', fill: true },
]

export function LivePage() {
  const { ticks, requests, events, phase } = useLive()
  const latency = useMemo(() => latencyOf(ticks), [ticks])
  const traffic = useMemo(() => trafficOf(ticks), [ticks])
  return (
    <Page title="Live" lead="What goes through the proxy, a second ago.">
      <div className="grid gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <section className="panel flex flex-col p-4" aria-label="Flow of requests">
          <div className="flex-1">
            <Flow tick={ticks.at(-1)} isLive={phase === 'open'} />
          </div>
          <TierLegend />
        </section>
        <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-1">
          <Panel title="Answers a second">
            <Chart
              label="Answers a second over the last minutes: live, by ghosts, none"
              data={traffic}
              lines={trafficLines}
              say={rate}
              height={140}
            />
          </Panel>
          <Panel title="Latency">
            <Chart
              label="Percentiles of latency over the last minutes, of live answers and of ghosts"
              data={latency}
              lines={latencyLines}
              say={milliseconds}
              height={140}
            />
          </Panel>
        </div>
        <Ticker requests={requests} last={ticks.at(-1)} />
        <Panel title="Events">
          <Events events={events} />
        </Panel>
      </div>
    </Page>
  )
}

function latencyOf(ticks: readonly LiveTick[]): [number[], ...(number | null)[][]] {
  return [
    ticks.map(({ at }) => at / 1000),
    ticks.map(({ latency }) => latency.live?.p50 ?? null),
    ticks.map(({ latency }) => latency.live?.p90 ?? null),
    ticks.map(({ latency }) => latency.live?.p99 ?? null),
    ticks.map(({ latency }) => latency.ghost?.p50 ?? null),
    ticks.map(({ latency }) => latency.ghost?.p99 ?? null),
  ]
}

function trafficOf(ticks: readonly LiveTick[]): [number[], ...number[][]] {
  return [
    ticks.map(({ at }) => at / 1000),
    ticks.map(tick => perSecond(tick, tick.counters.live)),
    ticks.map(tick => perSecond(tick, ghostsOf(tick))),
    ticks.map(tick =>
      perSecond(tick, tick.counters.refusedAnswers + tick.counters.internalErrors + tick.counters.cutShort),
    ),
  ]
}

function ghostsOf({ counters }: LiveTick): number {
  const { ghostExact, ghostEntity, ghostQuery, ghostTemplate, ghostSemantic } = counters
  return ghostExact + ghostEntity + ghostQuery + ghostTemplate + ghostSemantic
}

const columns: readonly Column<Seen>[] = [
  { name: 'At', track: '4.6rem', wideOnly: true, cell: row => <span className="text-muted">{timeOfDay(row.at)}</span> },
  { name: 'Status', track: '3rem', cell: row => <StatusMark status={row.status} /> },
  { name: 'By', track: '5.6rem', cell: row => <ByMark by={row.by} /> },
  {
    name: 'Request',
    track: 'minmax(0, 1fr)',
    cell: row => (
      <span
        className="font-mono text-[0.8rem]"
        title={`${row.method} ${row.target}${row.route === null ? '' : `\nroute ${row.route}`}${row.fault === '' ? '' : `\n${row.fault}`}`}
      >
        {row.method} {row.target}
      </span>
    ),
  },
  {
    name: 'Confidence',
    track: '5rem',
    right: true,
    wideOnly: true,
    cell: row => (row.confidence === null ? '' : score(row.confidence)),
  },
  { name: 'Took', track: '4.5rem', right: true, wideOnly: true, cell: row => milliseconds(row.tookMs) },
]

function Ticker({ requests, last }: { requests: readonly Seen[]; last: LiveTick | undefined }) {
  const [filter, setFilter] = useQuery('q')
  const [by, setBy] = useQuery('by')
  const [held, setHeld] = useState<readonly Seen[]>()
  const shown = useMemo(() => {
    const words = filter.toLowerCase()
    return (held ?? requests).filter(
      row =>
        (by === '' || by === row.by || (by === 'ghost' && isTier(row.by)) || (by === 'none' && isNone(row))) &&
        (words === '' ||
          `${row.method} ${row.target} ${row.status} ${row.route ?? ''} ${row.fault}`.toLowerCase().includes(words)),
    )
  }, [held, requests, filter, by])
  const unsampled = last?.unsampled ?? 0
  return (
    <Panel
      title="Requests"
      aside={
        <div className="flex flex-wrap items-center gap-2">
          <input
            type="search"
            className="field w-40"
            placeholder="Filter"
            aria-label="Filter requests by text"
            value={filter}
            onChange={event => setFilter(event.target.value)}
          />
          <select className="field" aria-label="Answered by" value={by} onChange={event => setBy(event.target.value)}>
            <option value="">all</option>
            <option value="live">live</option>
            <option value="ghost">any ghost</option>
            {tiers.map(tier => (
              <option key={tier}>{tier}</option>
            ))}
            <option value="journalled">journalled</option>
            <option value="none">no answer</option>
          </select>
          <button
            type="button"
            className="button w-24"
            aria-pressed={held !== undefined}
            onClick={() => setHeld(held === undefined ? requests : undefined)}
          >
            {held === undefined ? 'Pause' : 'Go on'}
          </button>
        </div>
      }
    >
      <p className="label mb-2">
        {held !== undefined
          ? `Paused; ${count(Math.max(0, (requests[0]?.key ?? 0) - (held[0]?.key ?? 0)))} came since.`
          : unsampled > 0
            ? `A sample: ${count(unsampled)} more in the last second.`
            : 'All requests.'}{' '}
        Values of queries are left out.
      </p>
      {shown.length === 0 ? (
        <Empty title={requests.length === 0 ? 'No request came yet' : 'None of them fits the filter'}>
          {requests.length === 0 ? 'Requests show up here as they end.' : undefined}
        </Empty>
      ) : (
        <DataTable
          label="Requests"
          columns={columns}
          rows={shown}
          keyOf={row => row.key}
          maxHeight="max(26rem, 42vh)"
        />
      )}
    </Panel>
  )
}

function isNone({ by }: Seen): boolean {
  return by === 'refused' || by === 'aborted' || by === 'cut'
}

const eventWords: Readonly<Record<SeenEvent['kind'], readonly [words: string, tone: string]>> = {
  'circuit-opened': ['Circuit opened', 'text-fail'],
  'circuit-half-open': ['Upstream is tried', 'text-warn'],
  'circuit-closed': ['Circuit closed', 'text-live'],
  'route-circuit-opened': ['Circuit of a route opened', 'text-fail'],
  'route-circuit-closed': ['Circuit of a route closed', 'text-live'],
  'outage-began': ['Outage began', 'text-fail'],
  'outage-ended': ['Outage ended', 'text-live'],
  'drill-began': ['Drill began', 'text-warn'],
  'drill-ended': ['Drill ended', 'text-live'],
  'mode-changed': ['Mode changed', 'text-warn'],
  'edge-restarted': ['An edge thread was started again', 'text-fail'],
  'anomaly-began': ['Something is strange', 'text-warn'],
  'anomaly-ended': ['An anomaly is over', 'text-live'],
  'learner-restarted': ['The learner was started again', 'text-warn'],
}

function Events({ events }: { events: readonly SeenEvent[] }) {
  if (events.length === 0)
    return (
      <Empty title="Nothing happened">
        Circuits, outages, drills and restarts show up here while somebody watches.
      </Empty>
    )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
    <ol className="max-h-[max(28rem,44vh)] overflow-auto" tabIndex={0} aria-label="Events">
      {events.map(event => {
        const [words, tone] = eventWords[event.kind]
        return (
          <li
            key={event.key}
            className="grid grid-cols-[4.6rem_minmax(0,1fr)] gap-x-3 border-b border-line/60 py-2 text-sm last:border-0"
          >
            <span className="text-muted">{timeOfDay(event.at)}</span>
            <span className="min-w-0">
              <strong className={`block font-semibold ${tone}`}>{words}</strong>
              {event.detail !== '' && <span className="block break-words text-muted">{event.detail}</span>}
            </span>
          </li>
        )
      })}
    </ol>
  )
}
