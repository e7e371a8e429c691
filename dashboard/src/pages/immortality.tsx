// What if it died now? And try it: drills.
import { useState } from 'react'
import { Link } from 'wouter'
import type { DrillKind, DrillReport } from '../../../core/contract/drills.js'
import type { Missing, ReadinessPart, ReadinessReport, RouteReadiness } from '../../../core/contract/readiness.js'
import { ask } from '../api.js'
import { count, duration, moment, percent, plural, score } from '../format.js'
import { type Column, DataTable } from '../parts/data-table.js'
import { Bar, readinessTone, TierBar, TierLegend, tiers } from '../parts/marks.js'
import { Figure, Page, Panel } from '../parts/page.js'
import { useNow } from '../parts/shell.js'
import { Empty, Failed, Told } from '../parts/states.js'
import { useAction } from '../use-action.js'
import { useResource } from '../use-resource.js'
import { ReadinessHistory } from './readiness-history.js'
import { Pattern } from './routes.js'
import { WhatIfPanel } from './what-if.js'

export function ImmortalityPage() {
  const readiness = useResource<ReadinessReport>('/api/readiness', 3000)
  return (
    <Page
      title="Immortality"
      lead="If the upstream died now and clients went on as they do: how like the truth would the answers be? Measured on live traffic before it is learned."
      aside={<TierLegend />}
    >
      <div className="grid gap-4">
        <Told from={readiness} what="the readiness">
          {report => (
            <div className="grid gap-4">
              <Overall report={report} />
              <Routes report={report} />
              <MissingList missing={report.missing} />
            </div>
          )}
        </Told>
        <ReadinessHistory />
        <WhatIfPanel />
        <Drills />
      </div>
    </Page>
  )
}

function Overall({ report }: { report: ReadinessReport }) {
  return (
    <section className="panel grid items-center gap-x-10 gap-y-5 p-5 md:grid-cols-[auto_minmax(0,1fr)]">
      <div>
        <p className={`text-6xl font-semibold tracking-tighter ${readinessTone(report.overall, report.minConfidence)}`}>
          {report.overall === null ? '–' : percent(report.overall, 1)}
        </p>
        <p className="label mt-1">
          {report.overall === null ? 'nothing was measured yet' : 'readiness, weighted by recent demand'}
        </p>
      </div>
      <div className="grid gap-3">
        <Part name="Asked before" part={report.repeated} wanted={report.minConfidence} />
        <Part name="Never asked before" part={report.unseen} wanted={report.minConfidence} />
      </div>
    </section>
  )
}

function Part({ name, part, wanted }: { name: string; part: ReadinessPart; wanted: number }) {
  return (
    <div className="grid grid-cols-[9rem_minmax(0,1fr)_4rem] items-center gap-x-3 text-sm">
      <span>
        {name} <span className="block text-xs text-muted">{percent(part.share)} of demand</span>
      </span>
      <Bar share={part.readiness} tone={part.readiness !== null && part.readiness >= wanted ? 'bg-live' : 'bg-warn'} />
      <span className="text-right font-semibold">{score(part.readiness)}</span>
    </div>
  )
}

function Routes({ report }: { report: ReadinessReport }) {
  const columns: readonly Column<RouteReadiness>[] = [
    {
      name: 'Route',
      track: 'minmax(15rem, 1.2fr)',
      cell: ({ id, method, pattern }) =>
        id === null ? (
          <span className="text-muted">no learned route</span>
        ) : (
          <Link href={`/routes/${encodeURIComponent(id)}`} className="link">
            <Pattern method={method ?? ''} pattern={pattern ?? ''} />
          </Link>
        ),
    },
    { name: 'Demand', track: '5rem', right: true, cell: ({ demand }) => percent(demand, 1) },
    {
      name: 'Readiness',
      track: '5rem',
      right: true,
      cell: ({ readiness }) => (
        <span className={`font-semibold ${readinessTone(readiness, report.minConfidence)}`}>{score(readiness)}</span>
      ),
    },
    { name: 'Measured by', track: '6rem', right: true, cell: ({ graded }) => count(graded) },
    {
      name: 'Would be answered by',
      track: '10rem',
      cell: ({ answers }) => (
        <span title={tiers.flatMap(tier => (answers[tier] ? [`${tier} ${percent(answers[tier])}`] : [])).join(', ')}>
          <TierBar shares={answers} />
        </span>
      ),
    },
    { name: 'By nobody', track: '5rem', right: true, cell: ({ answers }) => percent(answers.none ?? 0) },
    {
      name: 'Because',
      track: 'minmax(10rem, 1fr)',
      cell: ({ because }) => (
        <span className="text-muted" title={because}>
          {because}
        </span>
      ),
    },
  ]
  return (
    <Panel title="By route">
      {report.routes.length === 0 ? (
        <Empty title="No traffic was measured yet">
          Each new exchange is first answered by the ghosts and held against the truth.
        </Empty>
      ) : (
        <DataTable
          label="Readiness by route"
          columns={columns}
          rows={report.routes}
          keyOf={row => row.id ?? ''}
          minWidth="66rem"
          maxHeight="24rem"
        />
      )}
    </Panel>
  )
}

const missingColumns: readonly Column<Missing>[] = [
  { name: 'Missing', track: '5rem', cell: ({ kind }) => kind },
  {
    name: 'What',
    track: 'minmax(14rem, 1fr)',
    cell: ({ target, method, pattern }) =>
      target === null ? (
        <Pattern method={method ?? ''} pattern={pattern ?? ''} />
      ) : (
        <code className="font-mono text-[0.8rem]" title={target}>
          {target}
        </code>
      ),
  },
  { name: 'Costs', track: '5rem', right: true, cell: ({ demand }) => percent(demand, 2) },
  {
    name: 'Because',
    track: 'minmax(14rem, 1.3fr)',
    cell: ({ because }) => (
      <span className="text-muted" title={because}>
        {because}
      </span>
    ),
  },
]

function MissingList({ missing }: { missing: readonly Missing[] }) {
  return (
    <Panel title="What is missing" aside={<span className="text-sm text-muted">what costs most first</span>}>
      {missing.length === 0 ? (
        <Empty title="Nothing is known to be missing" />
      ) : (
        <DataTable
          label="What is missing"
          columns={missingColumns}
          rows={missing}
          keyOf={({ kind, target, pattern, method, scope }) => `${kind} ${method} ${target ?? pattern} ${scope}`}
          minWidth="48rem"
          maxHeight="20rem"
        />
      )}
    </Panel>
  )
}

const kinds = [
  'blackout',
  'latency',
  'error',
  'reset',
  'slow-body',
  'truncated-body',
  'malformed',
  'soft-failure',
] as const satisfies readonly DrillKind[]

function Drills() {
  const drills = useResource<{ drills: DrillReport[] }>('/api/drills', 2000)
  if (drills.problem?.status === 403)
    return (
      <Panel title="Drills">
        <Empty title="Drills are off">
          A drill imitates a fault of the upstream for a while, on real traffic. The proxy allows it only when it was
          started with CHAOS_DRILLS=on.
        </Empty>
      </Panel>
    )
  const running = drills.data?.drills.filter(({ state }) => state === 'running') ?? []
  const ended = drills.data?.drills.filter(({ state }) => state !== 'running') ?? []
  return (
    <Panel title="Drills">
      <Told from={drills} what="the drills">
        {() => (
          <div className="grid gap-5">
            {running.length === 0 ? (
              <Start reload={drills.reload} />
            ) : (
              running.map(drill => <Drill key={drill.id} drill={drill} reload={drills.reload} />)
            )}
            {ended.length > 0 && (
              <div>
                <h3 className="mb-2 text-sm font-semibold">Earlier ones</h3>
                <div className="grid gap-3">
                  {ended.map(drill => (
                    <Drill key={drill.id} drill={drill} reload={drills.reload} />
                  ))}
                </div>
              </div>
            )}
          </div>
        )}
      </Told>
    </Panel>
  )
}

function Start({ reload }: { reload: () => void }) {
  const [kind, setKind] = useState<DrillKind>('blackout')
  const [share, setShare] = useState(10)
  const [durationS, setDurationS] = useState(60)
  const [sure, setSure] = useState(false)
  const { problem, act } = useAction()
  const begin = async (): Promise<void> => {
    setSure(false)
    await act(async () => {
      await ask('/api/drills', { method: 'POST', body: { kind, share: share / 100, durationS } })
      reload()
    })
  }
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (sure) void begin()
        else setSure(true)
      }}
    >
      <div className="flex flex-wrap items-end gap-4">
        <label className="grid gap-1">
          <span className="label">Fault</span>
          <select className="field" value={kind} onChange={event => setKind(event.target.value as DrillKind)}>
            {kinds.map(name => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label className="grid gap-1">
          <span className="label">Requests hit, %</span>
          <input
            className="field w-28"
            type="number"
            min={1}
            max={100}
            required
            value={share}
            onChange={event => setShare(event.target.valueAsNumber)}
          />
        </label>
        <label className="grid gap-1">
          <span className="label">Length, s</span>
          <input
            className="field w-28"
            type="number"
            min={1}
            max={86_400}
            required
            value={durationS}
            onChange={event => setDurationS(event.target.valueAsNumber)}
          />
        </label>
        {sure ? (
          <>
            <button type="submit" className="button button-strong">
              Yes, begin: clients will meet it
            </button>
            <button type="button" className="button" onClick={() => setSure(false)}>
              No
            </button>
          </>
        ) : (
          <button type="submit" className="button">
            Begin a drill …
          </button>
        )}
      </div>
      {problem !== undefined && (
        <div className="mt-3">
          <Failed problem={problem} />
        </div>
      )}
    </form>
  )
}

function Drill({ drill, reload }: { drill: DrillReport; reload: () => void }) {
  const isRunning = drill.state === 'running'
  const now = useNow(isRunning)
  const { problem, act } = useAction()
  const { totals, plan, ifItHadDied } = drill
  const left = Math.max(0, (Date.parse(drill.endsAt) - now) / 1000)
  const ghosts = tiers.reduce((sum, tier) => sum + (totals.ghosts[tier] ?? 0), 0)
  const end = async (): Promise<void> => {
    await act(async () => {
      await ask(`/api/drills/${drill.id}`, { method: 'DELETE' })
      reload()
    })
  }
  return (
    <article className={`rounded-lg border p-4 ${isRunning ? 'border-warn' : 'border-line'}`}>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-3">
        <p className="text-sm">
          <strong className="font-semibold">{plan.kind}</strong> of {percent(plan.share)} on{' '}
          {plan.routes === undefined ? 'all routes' : plural(plan.routes.length, 'route')}, {duration(plan.durationS)}{' '}
          <span className="text-muted">
            {isRunning ? `– ${duration(left)} left` : `– ${moment(drill.beganAt)}, ${drill.because}`}
          </span>
        </p>
        {isRunning && (
          <button type="button" className="button" onClick={() => void end()}>
            End it now
          </button>
        )}
      </div>
      {isRunning && <Bar share={1 - left / plan.durationS} tone="bg-warn" />}
      <div className="mt-3 grid grid-cols-2 gap-4 sm:grid-cols-4 lg:grid-cols-6">
        <Figure name="hit" value={`${count(totals.hit)} / ${count(totals.requests)}`} />
        <Figure name="ghosts" value={count(ghosts)} tone="text-ghost" />
        <Figure name="refused" value={count(totals.refused)} tone={totals.refused > 0 ? 'text-fail' : ''} />
        <Figure name="faulty answers" value={count(totals.faulty)} tone={totals.faulty > 0 ? 'text-fail' : ''} />
        {ifItHadDied !== null && <Figure name="like the truth" value={score(ifItHadDied.similarity)} />}
        {ifItHadDied !== null && <Figure name="compared" value={count(ifItHadDied.compared)} />}
      </div>
      {problem !== undefined && <Failed problem={problem} />}
    </article>
  )
}
