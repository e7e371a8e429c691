// Upstreams, circuits, outages over time, and what ghosts did.
import { useMemo, useState } from 'react'
import { Link } from 'wouter'
import type { OutageSummary } from '../../../core/contract/outages.js'
import type { CircuitStatus, ProxyStatus, RouteCircuitStatus } from '../../../core/contract/status.js'
import type { UpstreamStatus } from '../../../core/contract/upstreams.js'
import { ask } from '../api.js'
import { bytes, count, duration, moment, percent, short } from '../format.js'
import { type Column, DataTable } from '../parts/data-table.js'
import { Bar, CircuitMark, tierFill, tierMeaning, tiers } from '../parts/marks.js'
import { Facts, Page, Panel } from '../parts/page.js'
import { useNow } from '../parts/shell.js'
import { Empty, Failed, Told } from '../parts/states.js'
import { useAction } from '../use-action.js'
import { useLive } from '../use-live.js'
import { useQuery } from '../use-query.js'
import { useResource } from '../use-resource.js'

const windows = { '1h': 3600, '6h': 6 * 3600, '24h': 86_400, '7d': 7 * 86_400 } as const

export function HealthPage() {
  const status = useResource<ProxyStatus>('/api/status', 2000)
  const outages = useResource<{ outages: OutageSummary[] }>('/api/outages', 5000)
  return (
    <Page title="Health" lead="Who is well, who is not, and what ghosts did about it.">
      <Told from={status} what="the status">
        {told => (
          <div className="grid gap-4 lg:grid-cols-2">
            <Circuit circuit={told.circuit} />
            <Ghosts ghosts={told.ghosts} />
            <Upstreams upstreams={told.upstreams} isOpen={told.circuit.state === 'open'} />
            <TimeLine outages={outages.data?.outages} uptimeS={told.uptimeS} />
            <RouteCircuits circuits={told.routeCircuits} />
            <Confidences />
            <Mode status={told} reload={status.reload} />
            <Process status={told} />
          </div>
        )}
      </Told>
    </Page>
  )
}

function Circuit({ circuit }: { circuit: CircuitStatus }) {
  const now = useNow(true)
  const left = circuit.nextProbeAt === null ? null : (Date.parse(circuit.nextProbeAt) - now) / 1000
  return (
    <Panel title="Circuit of the upstream">
      <p className="mb-3 text-2xl">
        <CircuitMark state={circuit.state} />
        <span className="ml-3 text-sm text-muted">for {duration((now - Date.parse(circuit.since)) / 1000)}</span>
      </p>
      <Facts
        of={[
          ['Because', circuit.because || 'nothing is wrong'],
          [
            'Next probe',
            circuit.state === 'closed'
              ? '–'
              : left === null
                ? 'under way'
                : left > 0
                  ? `in ${duration(left)}`
                  : 'with the next request',
          ],
          ['Probes', `${circuit.probes.ok} of ${circuit.probes.needed} succeeded, ${circuit.probes.out} under way`],
          ['Opened', `${count(circuit.opened)} times since the start`],
          ['Share of traffic', `${circuit.sharePercent} %`],
        ]}
      />
    </Panel>
  )
}

function Ghosts({ ghosts }: { ghosts: ProxyStatus['ghosts'] }) {
  const total = tiers.reduce((sum, tier) => sum + (ghosts[tier] ?? 0), 0)
  return (
    <Panel title="Ghosts since the start" aside={<span className="text-sm text-muted">{count(total)} answers</span>}>
      {total === 0 ? (
        <Empty title="No ghost has answered yet">They do when the upstream fails, or in a drill.</Empty>
      ) : (
        <ul className="space-y-2.5">
          {tiers.map(tier => (
            <li
              key={tier}
              className="grid grid-cols-[5.5rem_minmax(0,1fr)_4rem] items-center gap-x-3 text-sm"
              title={tierMeaning[tier]}
            >
              <span>{tier}</span>
              <Bar share={(ghosts[tier] ?? 0) / total} tone={tierFill[tier]} />
              <span className="text-right">{count(ghosts[tier] ?? 0)}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

const upstreamColumns = (isOpen: boolean): readonly Column<UpstreamStatus>[] => [
  {
    name: 'Upstream',
    track: 'minmax(12rem, 1fr)',
    cell: ({ url }) => <span className="font-mono text-[0.8rem]">{url}</span>,
  },
  {
    name: 'State',
    track: '8rem',
    cell: ({ healthy, full, ejectedUntil, lastProbe }) => (
      <span
        className={`font-medium ${!healthy || isOpen ? 'text-fail' : full ? 'text-warn' : 'text-live'}`}
        title={
          lastProbe === null
            ? 'no health check was made'
            : `health check ${moment(lastProbe.at)}: ${lastProbe.ok ? 'well' : lastProbe.because}`
        }
      >
        {isOpen
          ? 'circuit open'
          : ejectedUntil !== null
            ? 'passed over'
            : !healthy
              ? 'not well'
              : full
                ? 'full'
                : 'well'}
      </span>
    ),
  },
  { name: 'Under way', track: '5.5rem', right: true, cell: row => count(row.outstanding) },
  { name: 'Requests', track: '6rem', right: true, cell: row => count(row.requests) },
  { name: 'Failures', track: '6rem', right: true, cell: row => count(row.failures) },
]

function Upstreams({ upstreams, isOpen }: { upstreams: readonly UpstreamStatus[]; isOpen: boolean }) {
  return (
    <Panel title="Upstreams">
      <DataTable
        label="Upstreams"
        columns={upstreamColumns(isOpen)}
        rows={upstreams}
        keyOf={row => row.url}
        minWidth="38rem"
        maxHeight="20rem"
      />
    </Panel>
  )
}

function TimeLine({ outages, uptimeS }: { outages: readonly OutageSummary[] | undefined; uptimeS: number }) {
  const [chosen, choose] = useQuery('window')
  const names = Object.keys(windows) as (keyof typeof windows)[]
  // As much as there is to see.
  const name = names.find(one => one === chosen) ?? names.find(one => windows[one] >= uptimeS) ?? '7d'
  const now = useNow(true)
  const spanS = windows[name]
  const from = now - spanS * 1000
  const marks = (outages ?? []).flatMap(outage => {
    const begin = Math.max(from, Date.parse(outage.since))
    const end = outage.until === null ? now : Date.parse(outage.until)
    return end < from ? [] : [{ outage, begin, end }]
  })
  const knownS = Math.min(spanS, uptimeS)
  const downS = marks.reduce(
    (sum, { begin, end }) => sum + Math.max(0, end - Math.max(begin, now - knownS * 1000)) / 1000,
    0,
  )
  return (
    <Panel
      title="Outages over time"
      aside={
        <fieldset className="flex gap-1" aria-label="Time shown">
          {names.map(key => (
            <button
              key={key}
              type="button"
              aria-pressed={key === name}
              className={`rounded-md px-2 py-1 text-xs font-medium ${key === name ? 'bg-ink text-bg' : 'text-muted hover:bg-raised'}`}
              onClick={() => choose(key)}
            >
              {key}
            </button>
          ))}
        </fieldset>
      }
    >
      <p className="mb-3 text-sm">
        <strong className="text-2xl font-semibold tracking-tight">
          {percent(1 - Math.min(1, downS / Math.max(1, knownS)), 2)}
        </strong>{' '}
        <span className="text-muted">
          of the last {duration(knownS)} without an outage
          {knownS < spanS ? ', which is as long as this proxy runs' : ''}
        </span>
      </p>
      <div className="relative h-9 overflow-hidden rounded-md bg-live/15">
        <span
          aria-hidden="true"
          className="absolute inset-y-0 left-0 bg-raised"
          style={{ width: `${Math.max(0, 1 - knownS / spanS) * 100}%` }}
          title="this proxy did not run"
        />
        {marks.map(({ outage, begin, end }) => (
          <Link
            key={outage.id}
            href={`/outages/${encodeURIComponent(outage.id)}`}
            className="absolute inset-y-0 min-w-1.5 bg-fail"
            style={{
              left: `min(${((begin - from) / (spanS * 1000)) * 100}%, 100% - 0.375rem)`,
              width: `${((end - begin) / (spanS * 1000)) * 100}%`,
            }}
            aria-label={`Outage from ${moment(outage.since)}, ${duration(outage.durationS)}`}
            title={`${moment(outage.since)}: ${duration(outage.durationS)}, ${outage.because}`}
          />
        ))}
      </div>
      <div className="mt-1 flex justify-between text-xs text-muted">
        <span>{moment(from)}</span>
        <span>now</span>
      </div>
    </Panel>
  )
}

const circuitColumns: readonly Column<RouteCircuitStatus>[] = [
  {
    name: 'Route',
    track: 'minmax(10rem, 1fr)',
    cell: ({ route }) => <span className="font-mono text-[0.8rem]">{route}</span>,
  },
  { name: 'State', track: '7rem', cell: ({ state }) => <CircuitMark state={state} /> },
  { name: 'Because', track: 'minmax(12rem, 1.4fr)', cell: ({ because }) => <span title={because}>{because}</span> },
  {
    name: 'Next probe',
    track: '6.5rem',
    cell: ({ nextProbeAt }) => (nextProbeAt === null ? '–' : moment(nextProbeAt)),
  },
  { name: 'Share', track: '4rem', right: true, cell: ({ sharePercent }) => `${sharePercent} %` },
]

function RouteCircuits({ circuits }: { circuits: readonly RouteCircuitStatus[] }) {
  return (
    <Panel title="Circuits of routes">
      {circuits.length === 0 ? (
        <Empty title="All routes are well">Those that are not, or that come back step by step, are listed here.</Empty>
      ) : (
        <DataTable
          label="Circuits of routes"
          columns={circuitColumns}
          rows={circuits}
          keyOf={row => row.route}
          maxHeight="20rem"
        />
      )}
    </Panel>
  )
}

/** Tier by tenth of confidence, while this page was open. */
function Confidences() {
  const { ticks } = useLive()
  const sums = useMemo(
    () =>
      tiers.map(tier => ({
        tier,
        steps: Array.from({ length: 10 }, (_, step) =>
          ticks.reduce((sum, tick) => sum + (tick.confidences[tier]?.[step] ?? 0), 0),
        ),
      })),
    [ticks],
  )
  const most = Math.max(...sums.flatMap(({ steps }) => steps))
  return (
    <Panel
      title="Ghosts by tier and confidence"
      aside={<span className="text-sm text-muted">last {duration(ticks.length)}</span>}
    >
      {most === 0 ? (
        <Empty title="No ghost answered in this time" />
      ) : (
        <section
          className="overflow-x-auto"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
          tabIndex={0}
          aria-label="Ghosts by tier and confidence"
        >
          <table className="w-full min-w-[22rem] table-fixed border-separate border-spacing-0.5 text-center text-xs">
            <thead>
              <tr>
                <th scope="col" className="w-20 text-left font-normal text-muted">
                  confidence
                </th>
                {Array.from({ length: 10 }, (_, step) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: the steps are fixed.
                  <th key={step} scope="col" className="font-normal text-muted">
                    .{step}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {sums.map(({ tier, steps }) => (
                <tr key={tier}>
                  <th scope="row" className="text-left font-normal">
                    {tier}
                  </th>
                  {steps.map((value, step) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: the steps are fixed.
                    <td key={step} className="relative h-8 rounded-sm bg-raised pb-1.5">
                      <span
                        aria-hidden="true"
                        className={`absolute inset-x-0 bottom-0 rounded-sm ${tierFill[tier]}`}
                        style={{ height: `${value === 0 ? 0 : 8 + 20 * (value / most)}%` }}
                      />
                      <span className="relative">{value === 0 ? '' : short(value)}</span>
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Panel>
  )
}

const modeWords = {
  auto: 'Ghosts answer when the upstream fails.',
  off: 'No ghost answers; faults reach clients.',
  forced: 'Ghosts answer everything; the upstream is not asked.',
} as const

function Mode({ status, reload }: { status: ProxyStatus; reload: () => void }) {
  const { problem, act } = useAction()
  const [wanted, setWanted] = useState<keyof typeof modeWords>()
  const change = async (mode: keyof typeof modeWords): Promise<void> => {
    await act(async () => {
      await ask('/api/mode', { method: 'PUT', body: { mode } })
      reload()
    })
    setWanted(undefined)
  }
  return (
    <Panel title="Mode">
      <fieldset className="space-y-2 text-sm">
        <legend className="sr-only">When ghosts answer</legend>
        {(Object.keys(modeWords) as (keyof typeof modeWords)[]).map(mode => (
          <label key={mode} className="flex items-baseline gap-2.5">
            <input
              type="radio"
              name="mode"
              checked={(wanted ?? status.mode) === mode}
              onChange={() => setWanted(mode === status.mode ? undefined : mode)}
            />
            <span>
              <strong className="font-semibold">{mode}</strong> <span className="text-muted">{modeWords[mode]}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {wanted !== undefined && (
        <div className="mt-3 flex flex-wrap items-center gap-2 text-sm">
          <span>Until the process ends: all clients get this.</span>
          <button type="button" className="button button-strong" onClick={() => void change(wanted)}>
            Switch to {wanted}
          </button>
          <button type="button" className="button" onClick={() => setWanted(undefined)}>
            Leave it
          </button>
        </div>
      )}
      {problem !== undefined && <Failed problem={problem} />}
    </Panel>
  )
}

function Process({ status }: { status: ProxyStatus }) {
  const { threads, stores, drops, warmup } = status
  return (
    <Panel title="Process">
      <Facts
        of={[
          ['Version', status.version],
          ['Up for', duration(status.uptimeS)],
          ['Front', threads.front],
          ['Edge threads', `${threads.edgesRunning} of ${threads.edges} run; ${threads.edgeRestarts} restarts`],
          ['Learner', `${threads.learnerRestarts} restarts`],
          ['Memory', `${bytes(stores.memory.bytes)} in ${stores.memory.dir}`],
          [
            'Embeddings',
            `${count(stores.vectors.count)} by ${stores.vectors.embedder || 'none yet'}${stores.vectors.embedderReason === '' ? '' : ` (${stores.vectors.embedderReason})`}`,
          ],
          ['Not learned', `${count(drops.learner)} dropped, ${count(drops.sampledOut)} sampled out`],
          ['Warm-up', warmup === 'off' ? 'off' : `${count(warmup.answered)} of ${count(warmup.asked)} answered`],
        ]}
      />
    </Panel>
  )
}
