// What came of a replay: how far it is, in what answers differ, by route and one by one.
import { useState } from 'react'
import { Link } from 'wouter'
import type {
  ReplayDifference,
  ReplayReport,
  ReplayRoute,
  ReplaySkip,
  ReplayState,
  ReplaySummary,
} from '../../../core/contract/replays.js'
import { count, milliseconds, plural, rate } from '../format.js'
import { type Column, DataTable } from '../parts/data-table.js'
import { Bar, StatusMark } from '../parts/marks.js'
import { Facts, Figure, Panel } from '../parts/page.js'

const stateWords: Readonly<Record<ReplayState, string>> = {
  loading: 'What was recorded is being read.',
  running: 'It runs.',
  paused: 'It is paused.',
  ended: 'It has ended.',
}

const skipWords: Readonly<Record<ReplaySkip, string>> = {
  write: 'writes, which are sent only where that is said',
  'no-target': 'their target was not kept',
  'no-body': 'their body was not kept',
  'no-credentials': 'they need credentials that the secrets do not have',
  redacted: 'something in them was redacted, and the secrets do not have it',
  'not-a-request': 'no request that can be sent',
  'not-sampled': 'not in the sample',
}

export interface Outcome {
  readonly tone: string
  readonly words: string
}

/** One sentence, and the colour of it. */
export function outcomeOf({ state, because, complete, totals }: ReplaySummary): Outcome {
  if (state !== 'ended')
    return {
      tone: state === 'paused' ? 'text-warn' : '',
      words: because === '' ? stateWords[state] : `${stateWords[state].slice(0, -1)}: ${because}.`,
    }
  const { sent, different, failed, uncompared } = totals
  if (sent === 0) return { tone: 'text-warn', words: `Nothing was sent: ${because || 'nobody knows why'}.` }
  if (!complete) return { tone: 'text-fail', words: `It did not come to its end: ${because || 'not all was sent'}.` }
  if (different + failed > 0)
    return {
      tone: 'text-fail',
      words: `${count(different + failed)} of ${plural(sent, 'answer')} ${different + failed === 1 ? 'was' : 'were'} not as recorded.`,
    }
  const known = uncompared === 0 ? '' : `; of ${count(uncompared)} only the status could be compared`
  return {
    tone: 'text-live',
    words: `${sent === 1 ? 'The answer was' : `All ${count(sent)} answers were`} as recorded${known}.`,
  }
}

/** How far it is, in figures. */
export function ReplayProgress({ replay }: { replay: ReplaySummary }) {
  const { state, toSend, totals, perSecond, late, rewritten } = replay
  const { tone, words } = outcomeOf(replay)
  const isOver = state === 'ended'
  return (
    <div className="grid gap-4">
      <p className={`text-lg font-semibold break-words ${tone}`} role="status" data-replay={state}>
        {words}
      </p>
      <div>
        <Bar
          share={toSend === 0 ? null : totals.sent / toSend}
          tone={totals.different + totals.failed > 0 ? 'bg-fail' : 'bg-live'}
        />
        <p className="label mt-1">
          {count(totals.sent)} of {count(toSend)} sent · {rate(perSecond)}/s
          {late > 0 && ` · ${count(late)} late`}
          {rewritten > 0 && ` · ${count(rewritten)} with ids of earlier answers`}
        </p>
      </div>
      <div className="grid grid-cols-2 gap-4 sm:grid-cols-4">
        <Figure name="as recorded" value={count(totals.same)} tone={isOver && totals.same > 0 ? 'text-live' : ''} />
        <Figure name="different" value={count(totals.different)} tone={totals.different > 0 ? 'text-fail' : ''} />
        <Figure name="no answer" value={count(totals.failed)} tone={totals.failed > 0 ? 'text-fail' : ''} />
        <Figure name="status alone compared" value={count(totals.uncompared)} />
      </div>
    </div>
  )
}

/** Which recordings it is of, in words. */
export function chosenWords({ plan }: ReplaySummary): string {
  const { exchange, from, methods, routes, sample, scope, source, status, to } = plan
  if (exchange !== undefined) return `exchange ${exchange}`
  const when = (at: number): string => new Date(at).toLocaleString('en-GB')
  const said = [source === 'har' ? 'HAR files' : `${when(from)} to ${when(to)}`]
  if (routes !== undefined) said.push(routes.join(', '))
  if (methods !== undefined) said.push(methods.join(', '))
  if (status !== undefined) said.push(status[0] === status[1] ? `status ${status[0]}` : `status ${status.join('–')}`)
  if (scope !== undefined) said.push(`credentials ${scope.slice(0, 8)}`)
  if (sample < 1) said.push(`a share of ${sample}`)
  return said.join(' · ')
}

export function ReplayReportView({
  report,
  route,
  onRoute,
}: {
  report: ReplayReport
  /** Of which the differences are shown; '' for all. */
  route: string
  onRoute: (route: string) => void
}) {
  const { plan, recorded, replayed, routes, selected, toSend } = report
  const { pace } = plan
  return (
    <div className="grid gap-4">
      <section className="panel p-4">
        <ReplayProgress replay={report} />
      </section>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Panel title="What was asked for">
          <Facts
            of={[
              ['Target', `${plan.target} (${report.addresses[0] ?? ''})`],
              ['Recordings', chosenWords(report)],
              [
                'Pace',
                pace.kind === 'original'
                  ? `as it came, × ${pace.speed}`
                  : pace.kind === 'rate'
                    ? `${pace.perSecond}/s`
                    : 'as fast as it goes',
              ],
              ['Connections', count(plan.connections)],
              ['Writes', plan.writes ? 'sent' : 'left out'],
              ...(plan.ignored.length === 0 ? [] : [['Not compared', plan.ignored.join(', ')] as const]),
            ]}
          />
        </Panel>
        <Panel title="What was done">
          <Facts
            of={[
              ['Recorded', `${plural(selected, 'exchange')}, of which ${count(toSend)} to be sent`],
              ['Half of the answers within', `${time(replayed.p50Ms)} (recorded: ${time(recorded.p50Ms)})`],
              ['99 % within', `${time(replayed.p99Ms)} (recorded: ${time(recorded.p99Ms)})`],
            ]}
          />
          <NotSent report={report} />
        </Panel>
      </div>
      {routes.length > 0 && <ByRoute routes={routes} onRoute={onRoute} />}
      <Differences report={report} route={route} onRoute={onRoute} />
    </div>
  )
}

/** Nothing where all was sent. */
export function NotSent({ report: { skipped } }: { report: ReplaySummary }) {
  const left = Object.entries(skipped).filter(([, number]) => number > 0)
  if (left.length === 0) return null
  return (
    <ul className="mt-3 list-disc space-y-0.5 pl-5 text-sm">
      {left.map(([why, number]) => (
        <li key={why}>
          {count(number)} not sent: {skipWords[why as ReplaySkip]}
        </li>
      ))}
    </ul>
  )
}

function ByRoute({ routes, onRoute }: { routes: readonly ReplayRoute[]; onRoute: (route: string) => void }) {
  const columns: readonly Column<ReplayRoute>[] = [
    {
      name: 'Route',
      track: 'minmax(14rem, 1fr)',
      cell: ({ route, different, failed }) =>
        different + failed === 0 ? (
          <span className="font-mono text-[0.8rem]">{route}</span>
        ) : (
          <button
            type="button"
            className="link max-w-full truncate text-left font-mono text-[0.8rem]"
            title={`The differences of ${route}`}
            onClick={() => onRoute(route)}
          >
            {route}
          </button>
        ),
    },
    { name: 'Sent', track: '4rem', right: true, cell: ({ sent }) => count(sent) },
    { name: 'As recorded', track: '5.5rem', right: true, cell: ({ same }) => count(same) },
    { name: 'Different', track: '5rem', right: true, cell: ({ different }) => <Bad of={different} /> },
    { name: 'Status', track: '4rem', right: true, cell: ({ partings }) => count(partings.status) },
    { name: 'Fields', track: '4rem', right: true, cell: ({ partings }) => count(partings.fields) },
    { name: 'Shape', track: '4rem', right: true, cell: ({ partings }) => count(partings.shape) },
    { name: 'Values', track: '4rem', right: true, cell: ({ partings }) => count(partings.values) },
    { name: 'No answer', track: '5rem', right: true, cell: ({ failed }) => <Bad of={failed} /> },
    { name: 'p50 then', track: '5.5rem', right: true, cell: ({ recorded }) => time(recorded.p50Ms) },
    { name: 'p50 now', track: '5.5rem', right: true, cell: ({ replayed }) => time(replayed.p50Ms) },
    { name: 'p99 then', track: '5.5rem', right: true, cell: ({ recorded }) => time(recorded.p99Ms) },
    { name: 'p99 now', track: '5.5rem', right: true, cell: ({ replayed }) => time(replayed.p99Ms) },
  ]
  return (
    <Panel title="By route" aside={<span className="text-sm text-muted">most requests first</span>}>
      <DataTable
        label="By route"
        columns={columns}
        rows={routes}
        keyOf={({ route }) => route}
        minWidth="76rem"
        maxHeight="24rem"
      />
    </Panel>
  )
}

function Bad({ of }: { of: number }) {
  return <span className={of > 0 ? 'font-semibold text-fail' : ''}>{count(of)}</span>
}

/** Drawn at once. */
const MORE = 50

function Differences({
  report: { differences, totals },
  route,
  onRoute,
}: {
  report: ReplayReport
  route: string
  onRoute: (route: string) => void
}) {
  const [shown, setShown] = useState(MORE)
  const chosen = route === '' ? differences : differences.filter(one => one.route === route)
  if (differences.length === 0) return null
  const all = totals.different + totals.failed
  return (
    <Panel
      title={route === '' ? 'Differences' : `Differences of ${route}`}
      aside={
        route === '' ? (
          all > differences.length && (
            <span className="text-sm text-muted">
              {count(differences.length)} of {count(all)} are told: the first ones of each route
            </span>
          )
        ) : (
          <button type="button" className="button" onClick={() => onRoute('')}>
            Of all routes
          </button>
        )
      }
    >
      {chosen.length === 0 ? (
        <p className="text-sm text-muted">None of this route is told.</p>
      ) : (
        <ul className="divide-y divide-line/60">
          {chosen.slice(0, shown).map(one => (
            <li key={one.exchange} className="py-3 first:pt-0 last:pb-0">
              <DifferenceView difference={one} />
            </li>
          ))}
        </ul>
      )}
      {chosen.length > shown && (
        <button type="button" className="button mt-3" onClick={() => setShown(shown + MORE)}>
          {count(Math.min(MORE, chosen.length - shown))} more of {count(chosen.length - shown)}
        </button>
      )}
    </Panel>
  )
}

/** One answer that was not as recorded: each place in which it differs, with what was expected and what came. */
export function DifferenceView({ difference }: { difference: ReplayDifference }) {
  const { differences, exchange, fault, method, partings, recordedStatus, status, target } = difference
  return (
    <div className="text-sm" data-difference={exchange}>
      <p className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <Link href={`/exchanges?id=${encodeURIComponent(exchange)}`} className="link font-mono text-[0.8rem] break-all">
          {method} {target}
        </Link>
        {fault === '' ? (
          <span className="text-muted">
            <StatusMark status={recordedStatus} />
            {recordedStatus !== status && (
              <>
                {' → '}
                <StatusMark status={status} />
              </>
            )}{' '}
            · {partings.join(', ')}
          </span>
        ) : (
          <span className="font-medium text-fail">no answer: {fault}</span>
        )}
      </p>
      {differences.map(({ at, given, truth }) => (
        <dl
          key={at}
          className="mt-2 grid gap-x-4 gap-y-0.5 font-mono text-[0.8rem] sm:grid-cols-[minmax(8rem,1fr)_minmax(0,2fr)_minmax(0,2fr)]"
        >
          <div>
            <dt className="sr-only">field</dt>
            <dd className="font-semibold break-all">{placeWords(at)}</dd>
          </div>
          <Side name="expected" value={given} tone="text-fail" />
          <Side name="got" value={truth} tone="text-live" />
        </dl>
      ))}
    </div>
  )
}

function Side({ name, value, tone }: { name: string; value: string | null; tone: string }) {
  return (
    <div className="min-w-0">
      <dt className="label mr-1 inline font-sans">{name}</dt>{' '}
      <dd className={`inline break-all ${value === null ? 'text-muted' : tone}`}>{value ?? 'not there'}</dd>
    </div>
  )
}

/** `:name` is a header field, '' the whole of the body; else a place in it. */
function placeWords(at: string): string {
  if (at === '') return 'the whole body'
  return at.startsWith(':') ? `${at.slice(1)} (header)` : at
}

function time(ms: number | null): string {
  return ms === null ? '–' : milliseconds(ms)
}
