// What an outage would have looked like that began at a time in the past, worked out by the proxy when it is asked for.
import { type FormEvent, useEffect, useState } from 'react'
import { Link } from 'wouter'
import type {
  WhatIfCounts,
  WhatIfPart,
  WhatIfReport,
  WhatIfRoute,
  WhatIfVerdict,
} from '../../../core/contract/whatif.js'
import { ask } from '../api.js'
import { count, duration, moment, percent, score } from '../format.js'
import { type Column, DataTable } from '../parts/data-table.js'
import { Panel } from '../parts/page.js'
import { Empty, Failed, Loading } from '../parts/states.js'
import { useAction } from '../use-action.js'
import { useQuery } from '../use-query.js'

const verdicts = [
  'exact',
  'acceptable',
  'wrong',
  'refused',
  'journalled',
  'unknown',
] as const satisfies readonly WhatIfVerdict[]
const fills: Readonly<Record<WhatIfVerdict, string>> = {
  exact: 'bg-live',
  acceptable: 'bg-entity',
  wrong: 'bg-fail',
  refused: 'bg-warn',
  journalled: 'bg-query',
  unknown: 'bg-line',
}
const meanings: Readonly<Record<WhatIfVerdict, string>> = {
  exact: 'the answer is what the upstream said',
  acceptable: 'it is nearly that',
  wrong: 'it is not, and would have been given',
  refused: 'an honest 5xx, as writes get',
  journalled: 'a write that would have waited for the return',
  unknown: 'what the upstream said is not kept',
}
const reasons: Readonly<Record<string, string>> = {
  failed: 'the upstream gave no answer',
  'not-kept': 'may not be kept, or is of no use to the learner',
  'sampled-out': 'more came than is captured',
  form: 'one of several forms, which is not known',
  gone: 'had to make room since',
  beyond: 'more than is read for a report',
  unreadable: 'coded in an unknown way',
}

const agos = [
  ['5m', '5 minutes ago'],
  ['15m', '15 minutes ago'],
  ['1h', '1 hour ago'],
  ['6h', '6 hours ago'],
  ['24h', 'a day ago'],
  ['168h', 'a week ago'],
] as const
const lengths = [
  ['1m', '1 minute'],
  ['5m', '5 minutes'],
  ['10m', '10 minutes'],
  ['1h', '1 hour'],
  ['6h', '6 hours'],
  ['24h', '24 hours'],
] as const

export function WhatIfPanel() {
  // What was asked for stands in the URL, as a moment: the link says the same tomorrow.
  const [at, setAt] = useQuery('at')
  const [forTime, setFor] = useQuery('for')
  const [turn, setTurn] = useState(0)
  const path = at === '' ? null : `/api/whatif?${new URLSearchParams({ at, for: forTime || '10m' })}`
  return (
    <Panel title="What if it had died then?">
      <p className="mb-3 max-w-prose text-sm text-muted">
        A model learns once more from what was captured before, and nothing else, and is asked what was asked after it.
        Its answers are held against what the upstream really said. Nothing is sent to the upstream.
      </p>
      <WhatIfForm
        onAsk={(moment, length) => {
          setAt(moment)
          setFor(length)
          setTurn(turn + 1)
        }}
      />
      {path !== null && <Answer key={`${path} ${turn}`} path={path} />}
    </Panel>
  )
}

function WhatIfForm({ onAsk }: { onAsk: (at: string, length: string) => void }) {
  const [ago, setAgo] = useState('15m')
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    const hours = /^(\d+)([mh])$/.exec(ago)
    const at =
      hours === null
        ? new Date(String(fields.get('moment')))
        : new Date(Date.now() - Number(hours[1]) * (hours[2] === 'h' ? 3_600_000 : 60_000))
    if (!Number.isNaN(at.getTime())) onAsk(at.toISOString(), String(fields.get('for')))
  }
  return (
    <form className="flex flex-wrap items-end gap-3" onSubmit={submit} aria-label="What if">
      <label className="grid gap-1">
        <span className="label">It died</span>
        <select className="field" value={ago} onChange={event => setAgo(event.target.value)}>
          {agos.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
          <option value="at">at a time …</option>
        </select>
      </label>
      {ago === 'at' && (
        <label className="grid gap-1">
          <span className="label">At</span>
          <input className="field" type="datetime-local" name="moment" step="1" required />
        </label>
      )}
      <label className="grid gap-1">
        <span className="label">For</span>
        <select className="field" name="for" defaultValue="10m">
          {lengths.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" className="button button-strong">
        Work it out
      </button>
    </form>
  )
}

/** Asked once: a report is too much work to be tried again by itself. */
function Answer({ path }: { path: string }) {
  const [report, setReport] = useState<WhatIfReport>()
  const [turn, setTurn] = useState(0)
  const { problem, act } = useAction()
  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` grows where somebody asks for it anew.
  useEffect(() => void act(async () => setReport(await ask<WhatIfReport>(path))), [path, turn, act])
  return (
    <div className="mt-4" aria-live="polite">
      {report !== undefined ? (
        <Report report={report} />
      ) : problem !== undefined ? (
        <Failed problem={problem} onRetry={() => setTurn(turn + 1)} />
      ) : (
        <Loading what="the report, which takes seconds," />
      )}
    </div>
  )
}

function Report({ report }: { report: WhatIfReport }) {
  const { at, counts, judged, learnedFrom, oneOf, requests, similarity, unknown, until } = report
  const known = verdicts.reduce((sum, verdict) => sum + (verdict === 'unknown' ? 0 : counts[verdict]), 0)
  if (requests === 0)
    return (
      <Empty title="Nothing was asked then">
        Between {moment(at)} and {moment(until)} the history has no request.
      </Empty>
    )
  return (
    <div className="grid gap-5" data-whatif>
      <p>
        <span className="text-3xl font-semibold tracking-tight">
          {percent(known === 0 ? null : (counts.exact + counts.acceptable) / known, 1)}
        </span>{' '}
        <span className="text-sm text-muted">
          would have been answered well, of {count(known)} requests that can be judged ({percent(judged, 1)} of{' '}
          {count(requests)}), from {moment(at)} to {moment(until)}. Like the truth, silence counting 0:{' '}
          {score(similarity)}.
        </span>
      </p>
      <div className="grid gap-2">
        <Shares counts={counts} />
        <ul className="grid gap-x-6 gap-y-1 text-sm sm:grid-cols-2 xl:grid-cols-3">
          {verdicts.map(verdict => (
            <li key={verdict} className="grid grid-cols-[0.75rem_6.5rem_4rem_minmax(0,1fr)] items-baseline gap-x-2">
              <span aria-hidden="true" className={`size-2.5 rounded-full ${fills[verdict]}`} />
              <span>{verdict}</span>
              <span className="text-right font-semibold">{count(counts[verdict])}</span>
              <span className="text-muted">{meanings[verdict]}</span>
            </li>
          ))}
        </ul>
      </div>
      <Decay report={report} />
      <DataTable
        label="What if, by route"
        columns={routeColumns}
        rows={report.routes}
        keyOf={({ route }) => route}
        minWidth="52rem"
        maxHeight="20rem"
      />
      <Worst report={report} />
      <ul className="label list-disc space-y-0.5 pl-5">
        <li>
          {learnedFrom.since === null
            ? 'The history has nothing from before: what ghosts knew from earlier is not counted.'
            : `Ghosts knew ${count(learnedFrom.exchanges)} exchanges since ${moment(learnedFrom.since)}${learnedFrom.isCut ? ', and older ones that are not counted: they would have been no worse' : ''}.`}
        </li>
        {Object.entries(unknown).map(([because, number]) => (
          <li key={because}>
            Not judged: {count(number)}, {reasons[because] ?? because}.
          </li>
        ))}
        {Object.entries(report.refusals).map(([because, number]) => (
          <li key={because}>
            Refused: {count(number)}, {because === 'write' ? 'writes' : because}.
          </li>
        ))}
        {oneOf > 1 && <li>One of {count(oneOf)} requests was looked at.</li>}
      </ul>
    </div>
  )
}

function Shares({ counts }: { counts: WhatIfCounts }) {
  const all = verdicts.reduce((sum, verdict) => sum + counts[verdict], 0)
  return (
    <span className="flex h-3 w-full overflow-hidden rounded-full bg-raised" aria-hidden="true">
      {verdicts.map(verdict => (
        <span
          key={verdict}
          className={fills[verdict]}
          style={{ width: `${(counts[verdict] / Math.max(1, all)) * 100}%` }}
        />
      ))}
    </span>
  )
}

/** Each part of the outage as a column: what became of what was asked in it. */
function Decay({ report: { steps } }: { report: WhatIfReport }) {
  const said = (step: WhatIfPart): string =>
    verdicts.flatMap(verdict => (step.counts[verdict] > 0 ? [`${verdict} ${step.counts[verdict]}`] : [])).join(', ') ||
    'nothing was asked'
  return (
    <figure>
      <figcaption className="label mb-1.5">By how long it had lasted</figcaption>
      <ol className="flex h-32 items-stretch gap-1">
        {steps.map(step => (
          <li key={step.fromS} className="flex min-w-0 flex-1 flex-col" title={said(step)}>
            <span className="sr-only">
              {duration(step.fromS)} to {duration(step.toS)}: {said(step)}
            </span>
            <span aria-hidden="true" className="flex flex-1 flex-col-reverse overflow-hidden rounded-sm bg-raised">
              {verdicts.map(verdict => (
                <span
                  key={verdict}
                  className={`block ${fills[verdict]}`}
                  style={{ height: `${(step.counts[verdict] / Math.max(1, step.requests)) * 100}%` }}
                />
              ))}
            </span>
            <span aria-hidden="true" className="label truncate text-center">
              {score(step.similarity)}
            </span>
          </li>
        ))}
      </ol>
      <div className="label flex justify-between" aria-hidden="true">
        <span>0 s</span>
        <span>{duration(steps.at(-1)?.toS ?? 0)}</span>
      </div>
    </figure>
  )
}

const routeColumns: readonly Column<WhatIfRoute>[] = [
  {
    name: 'Route',
    track: 'minmax(14rem, 1fr)',
    cell: ({ route }) => <span className="font-mono text-[0.8rem]">{route}</span>,
  },
  { name: 'Requests', track: '5rem', right: true, cell: ({ requests }) => count(requests) },
  { name: 'What would have come', track: '12rem', cell: ({ counts }) => <Shares counts={counts} /> },
  { name: 'Exact', track: '4.5rem', right: true, cell: ({ counts }) => count(counts.exact) },
  { name: 'Acceptable', track: '5.5rem', right: true, cell: ({ counts }) => count(counts.acceptable) },
  { name: 'Wrong', track: '4.5rem', right: true, cell: ({ counts }) => count(counts.wrong) },
  { name: 'Refused', track: '4.5rem', right: true, cell: ({ counts }) => count(counts.refused) },
  { name: 'Like the truth', track: '6rem', right: true, cell: ({ similarity }) => score(similarity) },
]

function Worst({ report: { worst } }: { report: WhatIfReport }) {
  if (worst.length === 0) return null
  return (
    <div>
      <h3 className="mb-1.5 text-sm font-semibold">Least like the truth</h3>
      <ul className="space-y-2 text-sm">
        {worst.map(({ id, method, target, tier, similarity, differences }) => (
          <li key={id}>
            <Link href={`/exchanges?id=${encodeURIComponent(id)}`} className="link font-mono text-[0.8rem] break-all">
              {method} {target}
            </Link>{' '}
            <span className="text-muted">
              {score(similarity)} by {tier}
            </span>
            {differences.slice(0, 3).map(({ at, given, truth }) => (
              <span key={at} className="mt-0.5 grid gap-x-4 font-mono text-[0.8rem] sm:grid-cols-[12rem_1fr_1fr]">
                <span className="break-all">{at || 'the document'}</span>
                <span className="break-all text-fail">− {given ?? 'not there'}</span>
                <span className="break-all text-live">+ {truth ?? 'not there'}</span>
              </span>
            ))}
          </li>
        ))}
      </ul>
    </div>
  )
}
