// What is strange about the traffic, and what a person says of it.
import { Link } from 'wouter'
import type {
  AnomalyList,
  AnomalyReport,
  AnomalyState,
  AnomalySummary,
  AnomalyUnit,
  Feedback,
  Severity,
} from '../../../core/contract/anomalies.js'
import { ask } from '../api.js'
import { bytes, count, milliseconds, moment, percent, plural, score } from '../format.js'
import { Chart, type Line } from '../parts/chart.js'
import { type Column, DataTable } from '../parts/data-table.js'
import { StatusMark } from '../parts/marks.js'
import { Facts, Figure, Page, Panel } from '../parts/page.js'
import { Empty, Failed, Told } from '../parts/states.js'
import { useAction } from '../use-action.js'
import { useResource } from '../use-resource.js'

const tones: Readonly<Record<Severity, string>> = { low: 'text-muted', medium: 'text-warn', high: 'text-fail' }

const stateWords: Readonly<Record<AnomalyState, string>> = {
  open: 'open',
  over: 'over',
  dismiss: 'dismissed',
  expected: 'expected',
}

const columns: readonly Column<AnomalySummary>[] = [
  {
    name: 'What',
    track: '11rem',
    cell: ({ id, kind }) => (
      <Link href={`/anomalies/${encodeURIComponent(id)}`} className="link font-medium">
        {kind}
      </Link>
    ),
  },
  {
    name: 'Severity',
    track: '5.5rem',
    cell: ({ severity }) => <span className={`font-semibold ${tones[severity]}`}>{severity}</span>,
  },
  { name: 'State', track: '6rem', cell: ({ state }) => stateWords[state] },
  {
    name: 'Where',
    track: 'minmax(10rem, 0.7fr)',
    cell: ({ subject, detail }) => (
      <span className="font-mono text-[0.8rem]" title={detail}>
        {subject}
      </span>
    ),
  },
  { name: 'Evidence', track: 'minmax(16rem, 1.6fr)', cell: ({ says }) => <span title={says}>{says}</span> },
  { name: 'Last seen', track: '10.5rem', cell: ({ lastSeen }) => moment(lastSeen) },
  { name: 'Requests', track: '5.5rem', right: true, cell: ({ count: requests }) => count(requests) },
]

export function AnomaliesPage() {
  const anomalies = useResource<AnomalyList>('/api/anomalies', 3000)
  return (
    <Page
      title="Anomalies"
      lead="What is unlike all that was normal before: of the API, of requests, of answers. Requests about the same thing are one."
    >
      <Told from={anomalies} what="the anomalies">
        {({ anomalies: list, totals, unwatched }) => (
          <div className="grid gap-4">
            {unwatched !== '' && (
              <p role="status" className="rounded-md bg-warn/10 px-3 py-2 text-sm text-warn">
                Not all is watched: {unwatched}.
              </p>
            )}
            {list.length === 0 ? (
              <Empty title="Nothing is strange">
                What is normal is learned all the time; in the first minutes nothing is told.
              </Empty>
            ) : (
              <>
                <section className="panel grid grid-cols-3 gap-5 p-4 sm:grid-cols-4">
                  <Figure name="high" value={count(totals.open.high)} tone={totals.open.high > 0 ? tones.high : ''} />
                  <Figure
                    name="medium"
                    value={count(totals.open.medium)}
                    tone={totals.open.medium > 0 ? tones.medium : ''}
                  />
                  <Figure name="low" value={count(totals.open.low)} />
                  <Figure name="signals silenced" value={count(totals.silenced)} />
                </section>
                <section className="panel p-4">
                  <DataTable label="Anomalies" columns={columns} rows={list} keyOf={row => row.id} minWidth="66rem" />
                </section>
              </>
            )}
          </div>
        )}
      </Told>
    </Page>
  )
}

export function AnomalyPage({ id }: { id: string }) {
  const path = `/api/anomalies/${encodeURIComponent(id)}`
  const report = useResource<AnomalyReport>(path, 3000)
  const { problem, act } = useAction()
  const say = (feedback: Feedback): void =>
    void act(async () => {
      await ask(path, { method: 'POST', body: { feedback } })
      report.reload()
    })
  return (
    <Told from={report} what="the anomaly">
      {anomaly => (
        <Page
          title={`${anomaly.kind}: ${anomaly.subject}${anomaly.detail === '' ? '' : ` (${anomaly.detail})`}`}
          lead={anomaly.says}
          aside={
            <Link href="/anomalies" className="link text-sm">
              All anomalies
            </Link>
          }
        >
          <div className="grid gap-4">
            {problem !== undefined && <Failed problem={problem} />}
            <section className="panel grid grid-cols-2 gap-5 p-4 sm:grid-cols-4">
              <Figure name="severity" value={anomaly.severity} tone={tones[anomaly.severity]} />
              <Figure name="state" value={stateWords[anomaly.state]} />
              <Figure name="requests" value={count(anomaly.count)} />
              <Figure name="at its worst; 1 is the limit" value={anomaly.strength.toFixed(1)} />
            </section>
            {anomaly.points.length > 1 && <Evidence anomaly={anomaly} />}
            <Panel title="Evidence">
              <Facts
                of={[
                  ['First seen', moment(anomaly.firstSeen)],
                  ['Last seen', moment(anomaly.lastSeen)],
                  ['Began', plural(anomaly.occurrences, 'time')],
                  ...Object.entries(anomaly.evidence).map(([name, value]) => [name, String(value)] as const),
                  ['False alarms', anomaly.falseAlarms],
                ]}
              />
            </Panel>
            {anomaly.example !== null && (
              <Panel title="One of them">
                <p className="font-mono text-sm break-all">
                  {anomaly.example.method}{' '}
                  {anomaly.example.target === '' ? '(target not kept)' : anomaly.example.target}{' '}
                  <StatusMark status={anomaly.example.status} />
                </p>
                <p className="mt-1 text-sm text-muted">{moment(anomaly.example.at)}; secrets are redacted</p>
              </Panel>
            )}
            <Panel title="What do you say of it?">
              <div className="flex flex-wrap gap-3">
                <button type="button" className="button" onClick={() => say('dismiss')}>
                  Dismiss: it does not matter
                </button>
                <button type="button" className="button" onClick={() => say('expected')}>
                  Expected: that is normal from now on
                </button>
              </div>
              {anomaly.feedback !== null && (
                <p role="status" className="mt-3 text-sm text-muted">
                  {anomaly.feedback === 'dismiss'
                    ? 'It was dismissed: it is told again when it is twice as bad.'
                    : 'It was expected: what is normal was learned anew.'}
                </p>
              )}
            </Panel>
          </div>
        </Page>
      )}
    </Told>
  )
}

const lines: readonly Line[] = [
  { name: 'seen', colour: 'fail' },
  { name: 'normal', colour: 'muted', dash: [6, 4] },
]

const sayings: Readonly<Record<AnomalyUnit, (value: number) => string>> = {
  ms: milliseconds,
  share: value => percent(value, 1),
  requests: count,
  bytes,
  similarity: score,
}

function Evidence({ anomaly: { points, unit } }: { anomaly: AnomalyReport }) {
  return (
    <Panel title="Seen and normal">
      <Chart
        label={`What was seen and what is normal, ${points.length} spans of time`}
        data={[points.map(({ at }) => at / 1000), points.map(({ value }) => value), points.map(({ normal }) => normal)]}
        lines={lines}
        say={sayings[unit]}
      />
    </Panel>
  )
}
