// What the API has been found to be.
import { useMemo } from 'react'
import { Link } from 'wouter'
import type { LessonRoute } from '../../../core/contract/lesson.js'
import type { ReadinessReport, RouteReadiness } from '../../../core/contract/readiness.js'
import type { RouteSwitch } from '../../../core/contract/route-policy.js'
import type { RouteSwitchStatus } from '../../../core/contract/route-switches.js'
import type { VolatileLeaf } from '../../../core/contract/volatile.js'
import { count, moment, percent, plural, score } from '../format.js'
import { type Column, DataTable } from '../parts/data-table.js'
import { Bar, readinessTone, TierBar, TierLegend, tierFill, tierMeaning, tiers } from '../parts/marks.js'
import { Facts, Figure, Page, Panel } from '../parts/page.js'
import { Empty, Told } from '../parts/states.js'
import { useQuery } from '../use-query.js'
import { useResource } from '../use-resource.js'
import { RouteSwitchesPanel } from './route-switches.js'

/** `switch`: what somebody has set for it. */
type ListedRoute = LessonRoute & { readonly switch?: RouteSwitch }

interface Row {
  readonly route: ListedRoute
  readonly readiness: RouteReadiness | undefined
}

export function Pattern({ method, pattern }: { method: string; pattern: string }) {
  return (
    <span className="font-mono text-[0.8rem]">
      <span className="text-muted">{method}</span>{' '}
      {pattern.split(/(\{[^}]*\})/).map((part, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text.
        <span key={i} className={part.startsWith('{') ? 'text-entity' : ''}>
          {part}
        </span>
      ))}
    </span>
  )
}

export function RoutesPage() {
  const routes = useResource<{ routes: ListedRoute[] }>('/api/routes', 4000)
  const readiness = useResource<ReadinessReport>('/api/readiness', 4000)
  const [filter, setFilter] = useQuery('q')
  const wanted = readiness.data?.minConfidence ?? 0.7
  const columns = useMemo((): Column<Row>[] => columnsFor(wanted), [wanted])
  return (
    <Page
      title="Routes"
      lead="What was learned of this API from its traffic."
      aside={
        <div className="flex flex-wrap items-center gap-4">
          <TierLegend />
          <input
            type="search"
            className="field w-56"
            placeholder="Filter"
            aria-label="Filter routes"
            value={filter}
            onChange={event => setFilter(event.target.value)}
          />
        </div>
      }
    >
      <Told from={routes} what="the routes">
        {({ routes: all }) => {
          const rows = all
            .filter(({ method, pattern }) => `${method} ${pattern}`.toLowerCase().includes(filter.toLowerCase()))
            .map(route => ({ route, readiness: readiness.data?.routes.find(({ id }) => id === route.id) }))
            .sort((a, b) => b.route.seen - a.route.seen)
          if (rows.length === 0)
            return (
              <Empty title={all.length === 0 ? 'No route is learned yet' : 'No route fits the filter'}>
                {all.length === 0 ? 'They are learned from the traffic that goes through the proxy.' : undefined}
              </Empty>
            )
          return (
            <section className="panel p-4">
              <DataTable
                label="Routes"
                columns={columns}
                rows={rows}
                keyOf={({ route }) => route.id}
                minWidth="58rem"
              />
            </section>
          )
        }}
      </Told>
    </Page>
  )
}

function columnsFor(wanted: number): Column<Row>[] {
  return [
    {
      name: 'Route',
      track: 'minmax(16rem, 1fr)',
      cell: ({ route }) => (
        <>
          <Link href={`/routes/${encodeURIComponent(route.id)}`} className="link">
            <Pattern method={route.method} pattern={route.pattern} />
          </Link>
          {route.switch !== undefined && <Switched by={route.switch} />}
        </>
      ),
    },
    { name: 'Seen', track: '5.5rem', right: true, cell: ({ route }) => count(route.seen) },
    { name: 'Exemplars', track: '5.5rem', right: true, cell: ({ route }) => count(route.exemplars) },
    { name: 'Demand', track: '5rem', right: true, cell: ({ readiness }) => percent(readiness?.demand ?? null, 1) },
    {
      name: 'Readiness',
      track: '5.5rem',
      right: true,
      cell: ({ readiness }) => (
        <span className={`font-semibold ${readinessTone(readiness?.readiness ?? null, wanted)}`}>
          {score(readiness?.readiness ?? null)}
        </span>
      ),
    },
    {
      name: 'Tiers that would answer',
      track: '9rem',
      cell: ({ readiness }) => <TierBar shares={readiness?.answers ?? {}} />,
    },
    { name: 'Last seen', track: '9rem', cell: ({ route }) => moment(route.lastSeenAt) },
  ]
}

function Switched({ by: { route: _route, ...set } }: { by: RouteSwitch }) {
  const says = Object.entries(set)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
  return (
    <span data-switched className="ml-2 text-xs font-medium text-warn" title={`switched by hand: ${says}`}>
      {says}
    </span>
  )
}

type RouteDetail = LessonRoute & { readonly policy: RouteSwitchStatus | null }

export function RoutePage({ id }: { id: string }) {
  const route = useResource<RouteDetail>(`/api/routes/${encodeURIComponent(id)}`, 4000)
  const readiness = useResource<ReadinessReport>('/api/readiness', 4000)
  return (
    <Told from={route} what="the route">
      {told => {
        const ready = readiness.data?.routes.find(one => one.id === told.id)
        const wanted = readiness.data?.minConfidence ?? 0.7
        return (
          <Page
            title={`${told.method} ${told.pattern}`}
            lead={`Last seen ${moment(told.lastSeenAt)}`}
            aside={
              <span className="flex gap-4 text-sm">
                <Link
                  href={`/match?${new URLSearchParams({ method: told.method, path: told.pattern })}`}
                  className="link"
                >
                  Ask the debugger
                </Link>
                <Link href="/routes" className="link">
                  All routes
                </Link>
              </span>
            }
          >
            <div className="grid gap-4 lg:grid-cols-2">
              <section className="panel grid grid-cols-2 gap-5 p-4 sm:grid-cols-4 lg:col-span-2">
                <Figure
                  name="readiness"
                  value={score(ready?.readiness ?? null)}
                  tone={readinessTone(ready?.readiness ?? null, wanted)}
                />
                <Figure name="of recent demand" value={percent(ready?.demand ?? null, 1)} />
                <Figure name="exchanges learned" value={count(told.seen)} />
                <Figure name="exemplars" value={count(told.exemplars)} />
              </section>
              <Grades route={told} wanted={told.policy?.values.minConfidence.value ?? wanted} />
              <Form route={told} />
              <Parameters route={told} />
              <Volatile leaves={told.volatile?.leaves ?? []} />
              <RouteSwitchesPanel route={`${told.method} ${told.pattern}`} policy={told.policy} reload={route.reload} />
            </div>
          </Page>
        )
      }}
    </Told>
  )
}

function Grades({ route, wanted }: { route: LessonRoute; wanted: number | string }) {
  return (
    <Panel title="How good ghosts have proven here">
      <ul className="space-y-3 text-sm">
        {tiers.map(tier => {
          const grade = route.grades[tier]
          return (
            <li
              key={tier}
              className="grid grid-cols-[5.5rem_minmax(0,1fr)_11rem] items-center gap-x-3"
              title={tierMeaning[tier]}
            >
              <span>{tier}</span>
              <Bar share={grade === undefined || grade.graded === 0 ? null : grade.confidence} tone={tierFill[tier]} />
              <span className="text-right text-muted">
                {grade === undefined || grade.graded === 0
                  ? 'not proven'
                  : `${score(grade.confidence)} by ${plural(grade.graded, 'answer')}`}
              </span>
            </li>
          )
        })}
      </ul>
      <p className="label mt-3">A tier answers where the lower bound of its confidence is at least {wanted}.</p>
    </Panel>
  )
}

function Parameters({ route }: { route: LessonRoute }) {
  const named = route.segments.flatMap(segment => (segment.kind === 'param' ? [segment] : []))
  const ignored = route.ignored ?? []
  return (
    <Panel title="Parameters">
      {named.length === 0 && ignored.length === 0 && !route.differsBy?.length ? (
        <p className="text-sm text-muted">None in its path, and none of its query is known to change nothing.</p>
      ) : (
        <Facts
          of={[
            ...named.map(({ name, type }): [string, string] => [`{${name}}`, `in the path: ${type}`]),
            ...ignored.map(({ name, seen, equal }): [string, string] => [
              `?${name}`,
              `changes nothing: ${plural(seen, 'request')} with other values, ${plural(equal, 'answer')} equal`,
            ]),
            ...(route.differsBy ?? []).map((field): [string, string] => [field, 'a field that answers depend on']),
          ]}
        />
      )}
      <p className="label mt-3">
        How its query filters, sorts and pages is shown by the debugger, with the evidence, for a request.
      </p>
    </Panel>
  )
}

function Volatile({ leaves }: { leaves: readonly VolatileLeaf[] }) {
  return (
    <Panel title="New in every answer">
      {leaves.length === 0 ? (
        <p className="text-sm text-muted">Nothing is known to be.</p>
      ) : (
        <Facts
          of={leaves.map(({ at, class: volatile }) => [
            at,
            volatile.kind === 'counter'
              ? `counter, by ${volatile.step}`
              : volatile.kind === 'time'
                ? 'moment of the answer'
                : volatile.kind,
          ])}
        />
      )}
    </Panel>
  )
}

function Form({ route }: { route: LessonRoute }) {
  const { baseline } = route
  return (
    <Panel title="How good answers look">
      {baseline === undefined ? (
        <p className="text-sm text-muted">Too few were seen to say.</p>
      ) : (
        <Facts
          of={[
            ['Types', baseline.types.join(', ') || 'none named'],
            ['Begins as', baseline.top ?? 'this or that'],
            ['Members', baseline.members.length === 0 ? '–' : baseline.members.join(', ')],
            ['Never empty', baseline.neverEmpty ? 'yes' : 'not known'],
            ['Shortest body', baseline.minBytes === 0 ? '–' : `${count(baseline.minBytes)} octets`],
            ['Template', route.templateVersion === 0 ? 'none' : `version ${route.templateVersion}`],
          ]}
        />
      )}
    </Panel>
  )
}
