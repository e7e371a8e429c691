// What ghosts said in outages, held against the truth.
import { Link } from 'wouter'
import type { OutageCounts, OutageReport, OutageRoute, OutageSummary } from '../../../core/contract/outages.js'
import { count, duration, moment, plural, score } from '../format.js'
import { type Column, DataTable } from '../parts/data-table.js'
import { Facts, Figure, Page, Panel } from '../parts/page.js'
import { Empty, Told } from '../parts/states.js'
import { useResource } from '../use-resource.js'

/** Of an outage, and of each of its routes. */
const countColumns: readonly Column<OutageCounts>[] = [
  { name: 'Ghosts', track: '5.5rem', right: true, cell: ({ ghosts }) => count(ghosts) },
  { name: 'Refused', track: '5.5rem', right: true, cell: ({ refused }) => count(refused) },
  {
    name: 'Right',
    track: '7rem',
    right: true,
    cell: ({ right, compared }) => (compared === 0 ? '–' : `${count(right)} of ${count(compared)}`),
  },
  { name: 'Similarity', track: '5.5rem', right: true, cell: ({ similarity }) => score(similarity) },
]

const columns: readonly Column<OutageSummary>[] = [
  {
    name: 'Began',
    track: '11rem',
    cell: ({ id, since }) => (
      <Link href={`/outages/${encodeURIComponent(id)}`} className="link font-medium">
        {moment(since)}
      </Link>
    ),
  },
  { name: 'Lasted', track: '7rem', cell: ({ durationS }) => duration(durationS) },
  {
    name: 'State',
    track: '6.5rem',
    cell: ({ state }) => <span className={state === 'running' ? 'font-semibold text-fail' : ''}>{state}</span>,
  },
  { name: 'Because', track: 'minmax(14rem, 1fr)', cell: ({ because }) => <span title={because}>{because}</span> },
  ...countColumns,
]

export function OutagesPage() {
  const outages = useResource<{ outages: OutageSummary[] }>('/api/outages', 3000)
  return (
    <Page
      title="Outages"
      lead="Afterwards the same questions are put to the upstream again: how right were the ghosts?"
    >
      <Told from={outages} what="the outages">
        {({ outages: list }) =>
          list.length === 0 ? (
            <Empty title="There was no outage">
              When the upstream fails, what ghosts answered and how it compares with the truth is told here.
            </Empty>
          ) : (
            <section className="panel p-4">
              <DataTable label="Outages" columns={columns} rows={list} keyOf={row => row.id} minWidth="62rem" />
            </section>
          )
        }
      </Told>
    </Page>
  )
}

export function OutagePage({ id }: { id: string }) {
  const report = useResource<OutageReport>(`/api/outages/${encodeURIComponent(id)}`, 3000)
  return (
    <Told from={report} what="the report">
      {outage => (
        <Page
          title={`Outage of ${moment(outage.since)}`}
          lead={outage.because}
          aside={
            <Link href="/outages" className="link text-sm">
              All outages
            </Link>
          }
        >
          <div className="grid gap-4">
            <section className="panel grid grid-cols-2 gap-5 p-4 sm:grid-cols-3 lg:grid-cols-6">
              <Figure
                name={outage.until === null ? 'so far' : 'long'}
                value={duration(outage.durationS)}
                tone={outage.until === null ? 'text-fail' : ''}
              />
              <Figure name="ghosts" value={count(outage.ghosts)} tone="text-ghost" />
              <Figure name="refused" value={count(outage.refused)} tone={outage.refused > 0 ? 'text-fail' : ''} />
              <Figure name="right, of those compared" value={`${count(outage.right)} / ${count(outage.compared)}`} />
              <Figure name="readiness before" value={score(outage.predicted)} />
              <Figure name="and what it turned out to be" value={score(outage.turnedOut)} />
            </section>
            <Reconciliation outage={outage} />
            <Panel title="By route">
              <DataTable
                label="By route"
                columns={routeColumns}
                rows={outage.routes}
                keyOf={row => row.route ?? ''}
                minWidth="48rem"
                maxHeight="24rem"
              />
            </Panel>
            {outage.routes
              .filter(({ fields }) => fields.length > 0)
              .map(route => (
                <OutageRoutePanel key={route.route ?? ''} route={route} />
              ))}
          </div>
        </Page>
      )}
    </Told>
  )
}

const routeColumns: readonly Column<OutageRoute>[] = [
  {
    name: 'Route',
    track: 'minmax(14rem, 1fr)',
    cell: ({ route }) =>
      route === null ? (
        <span className="text-muted">no learned route</span>
      ) : (
        <span className="font-mono text-[0.8rem]">{route}</span>
      ),
  },
  ...countColumns,
  { name: 'Confidence', track: '5.5rem', right: true, cell: ({ confidence }) => score(confidence) },
  {
    name: 'Wrong for',
    track: '6rem',
    right: true,
    cell: ({ wrong, wrongForS }) => (wrong === 0 ? '–' : duration(wrongForS)),
  },
]

const stateWords: Readonly<Record<OutageReport['state'], string>> = {
  running: 'It runs; afterwards the questions are asked again.',
  comparing: 'It is over; its questions are being asked again.',
  done: 'All that may be asked again was asked again.',
  interrupted: 'The proxy ended before all was asked again.',
}

function Reconciliation({ outage }: { outage: OutageReport }) {
  const { notAsked } = outage
  return (
    <Panel title="Reconciliation" aside={<span className="text-sm text-muted">{stateWords[outage.state]}</span>}>
      <div className="grid gap-x-10 gap-y-2 md:grid-cols-2">
        <Facts
          of={[
            ['Different questions', count(outage.distinct)],
            ['Compared', `${count(outage.compared)}: ${count(outage.right)} right, ${count(outage.wrong)} wrong`],
            ['Similarity to the truth', score(outage.similarity)],
            ['Confidence claimed', score(outage.confidence)],
          ]}
        />
        <Facts
          of={[
            ['Not asked: need credentials', count(notAsked.credentials)],
            ['Not asked: beyond the sample', count(notAsked.sample)],
            ['Not asked: what selected the answer is not kept', count(notAsked.selected)],
            ['Asked without an answer', count(notAsked.unanswered)],
            ['Still waiting', count(notAsked.waiting)],
          ]}
        />
      </div>
    </Panel>
  )
}

function OutageRoutePanel({ route }: { route: OutageRoute }) {
  return (
    <Panel
      title={route.route ?? 'Requests of no learned route'}
      aside={
        <span className="text-sm text-muted">
          {plural(route.ghosts, 'ghost')} · {count(route.refused)} refused · similarity {score(route.similarity)}
          {route.wrong > 0 && ` · wrong for up to ${duration(route.wrongForS)}`}
        </span>
      }
    >
      <ul className="space-y-3 text-sm">
        {route.fields.map(field => (
          <li key={field.field} className="border-b border-line/60 pb-3 last:border-0 last:pb-0">
            <p>
              <code className="font-mono font-semibold">{field.field}</code>{' '}
              <span className="text-muted">
                differed in {plural(field.differed, 'question')}, such as{' '}
                <code className="font-mono">{field.target}</code>
              </span>
            </p>
            <p className="mt-1 grid gap-x-4 font-mono text-[0.8rem] sm:grid-cols-2">
              <span className="break-all text-fail">− {field.given ?? 'not there'}</span>
              <span className="break-all text-live">+ {field.truth ?? 'not there'}</span>
            </p>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
