// What was exchanged: searched, looked at one by one, and made a `curl` line again.
import { type FormEvent, useCallback, useMemo, useState } from 'react'
import { Link, useSearch } from 'wouter'
import type { Answerer } from '../../../core/contract/facts.js'
import type { Har } from '../../../core/contract/har.js'
import type { ExchangeFacts } from '../../../core/contract/history.js'
import type { LessonRoute } from '../../../core/contract/lesson.js'
import { askText } from '../api.js'
import { bytes, count, milliseconds, moment, plural } from '../format.js'
import { type Column, DataTable } from '../parts/data-table.js'
import { ByMark, StatusMark } from '../parts/marks.js'
import { Page } from '../parts/page.js'
import { Empty, Failed, Loading } from '../parts/states.js'
import { saveFile } from '../save-file.js'
import { useAction } from '../use-action.js'
import { useExchanges } from '../use-exchanges.js'
import { useQuery } from '../use-query.js'
import { useResource } from '../use-resource.js'
import { Exchange } from './exchange.js'

const filters = ['from', 'to', 'route', 'method', 'status', 'by', 'scope'] as const
type Filter = (typeof filters)[number]

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const answerers = [
  ...['upstream', 'exact', 'entity', 'query', 'template', 'semantic'],
  ...['journal', 'refusal', 'rejection', 'aborted', 'cut', 'failed'],
] as readonly Answerer[]

export function ExchangesPage() {
  const search = useSearch()
  const [id, setId] = useQuery('id')
  const [turn, setTurn] = useState(0)
  const query = useMemo(() => {
    const given = new URLSearchParams(search)
    const asked = new URLSearchParams()
    for (const name of filters) if (given.get(name)) asked.set(name, given.get(name)!)
    return asked.toString()
  }, [search])
  const found = useExchanges(query, turn)
  const find = useCallback((params: URLSearchParams) => {
    const text = params.toString()
    history.replaceState(null, '', text === '' ? location.pathname : `${location.pathname}?${text}`)
    setTurn(before => before + 1)
  }, [])
  const columns = useMemo((): Column<ExchangeFacts>[] => columnsFor(setId), [setId])
  const { exchanges, hasMore, isAsking, more, problem, store } = found
  return (
    <Page
      title="Exchanges"
      lead="What went through this proxy, newest first. Secrets were taken out before it was kept."
      aside={<Onwards query={query} />}
    >
      <div className="grid gap-4">
        {/* Another search, from a link or by the button, has another form. */}
        <SearchForm key={query} query={query} onSearch={find} />
        <div className={`grid items-start gap-4 ${id === '' ? '' : 'xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]'}`}>
          <section className="panel min-w-0 p-4">
            {problem !== undefined && <Failed problem={problem} onRetry={() => setTurn(turn + 1)} />}
            {exchanges.length === 0 ? (
              isAsking ? (
                <Loading what="the exchanges" />
              ) : (
                problem === undefined && (
                  <Empty title="No exchange was found">
                    The history is written once a second. A wider time or fewer conditions may find more.
                  </Empty>
                )
              )
            ) : (
              <>
                <DataTable
                  label="Exchanges"
                  columns={columns}
                  rows={exchanges}
                  keyOf={exchange => exchange.id}
                  minWidth="56rem"
                  picked={id}
                  onEnd={more}
                />
                <p role="status" className="label mt-3">
                  {count(exchanges.length)} shown{hasMore ? ', more come when you scroll' : ''}
                  {store?.standsIn === true &&
                    ' · the store that was asked for is away: the embedded one answers, for the time since'}
                </p>
              </>
            )}
          </section>
          {id !== '' && <Exchange key={id} id={id} onClose={() => setId('')} />}
        </div>
      </div>
    </Page>
  )
}

/** Of one file; the proxy puts no more into it. */
const MOST_IN_HAR = 10_000

/** What the filters choose goes on to others: as a file, or to another server. */
function Onwards({ query }: { query: string }) {
  const [isBusy, setBusy] = useState(false)
  const [said, setSaid] = useState('')
  const { problem, act } = useAction()
  const save = async (): Promise<void> => {
    setBusy(true)
    setSaid('')
    await act(async () => {
      const params = new URLSearchParams(query)
      params.set('limit', String(MOST_IN_HAR))
      const text = await askText(`/api/exchanges.har?${params}`)
      const { entries, comment = '' } = (JSON.parse(text) as Har).log
      if (entries.length > 0) saveFile('exchanges.har', text)
      setSaid(
        entries.length === 0
          ? 'Of these nothing is kept that a HAR file could hold.'
          : `${plural(entries.length, 'exchange')} in exchanges.har${comment === '' ? '' : `; ${comment}`}.`,
      )
    })
    setBusy(false)
  }
  return (
    <div className="grid max-w-full justify-items-start gap-2 sm:justify-items-end">
      <div className="flex flex-wrap items-center gap-3">
        <Link href={`/replays${replayQuery(query)}`} className="link text-sm">
          Replay these
        </Link>
        <button type="button" className="button" disabled={isBusy} onClick={() => void save()}>
          {isBusy ? 'Exporting …' : 'Export HAR'}
        </button>
      </div>
      {problem !== undefined && <Failed problem={problem} />}
      <p role="status" className="label empty:hidden">
        {said}
      </p>
    </div>
  )
}

/** The same exchanges, by the names of the form of a replay; whoever answered, only what the upstream said is replayed. */
function replayQuery(query: string): string {
  const given = new URLSearchParams(query)
  const asked = new URLSearchParams()
  for (const [name, as] of [
    ['from', 'from'],
    ['to', 'to'],
    ['status', 'status'],
    ['scope', 'scope'],
    ['route', 'routes'],
    ['method', 'methods'],
  ] as const)
    if (given.get(name)) asked.set(as, given.get(name)!)
  const text = asked.toString()
  return text === '' ? '' : `?${text}`
}

function columnsFor(pick: (id: string) => void): Column<ExchangeFacts>[] {
  return [
    { name: 'Time', track: '8rem', cell: ({ at }) => <span title={at}>{moment(at)}</span> },
    {
      name: 'Method',
      track: '4rem',
      wideOnly: true,
      cell: ({ method }) => <span className="font-mono">{method}</span>,
    },
    {
      name: 'Target',
      track: 'minmax(10rem, 1fr)',
      cell: ({ id, target, route }) => (
        <button
          type="button"
          className="link max-w-full truncate text-left font-mono text-[0.8rem]"
          title={target ?? route}
          onClick={() => pick(id)}
        >
          {target ?? `${route} (target not kept)`}
        </button>
      ),
    },
    { name: 'Status', track: '3.5rem', right: true, cell: ({ status }) => <StatusMark status={status} /> },
    { name: 'Answered by', track: '6.5rem', cell: ({ by }) => <ByMark by={by} /> },
    { name: 'Took', track: '5rem', right: true, cell: ({ totalMs }) => milliseconds(totalMs) },
    { name: 'Size', track: '5rem', right: true, wideOnly: true, cell: ({ bytesOut }) => bytes(bytesOut) },
    {
      name: 'Whose',
      track: '5.5rem',
      wideOnly: true,
      cell: ({ scope }) => (
        <span className="font-mono text-xs text-muted" title={scope ?? undefined}>
          {scope?.slice(0, 8) ?? '–'}
        </span>
      ),
    },
  ]
}

function SearchForm({ query, onSearch }: { query: string; onSearch: (params: URLSearchParams) => void }) {
  const given = new URLSearchParams(query)
  const routes = useResource<{ routes: LessonRoute[] }>('/api/routes')
  const search = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    const params = new URLSearchParams()
    for (const name of filters) {
      const text = String(fields.get(name) ?? '').trim()
      if (text !== '') params.set(name, text)
    }
    onSearch(params)
  }
  const text = (name: Filter, label: string, placeholder: string, list?: string) => (
    <label className="grid gap-1">
      <span className="label">{label}</span>
      <input
        className="field w-full"
        name={name}
        defaultValue={given.get(name) ?? ''}
        placeholder={placeholder}
        list={list}
        autoComplete="off"
      />
    </label>
  )
  const choice = (name: Filter, label: string, all: readonly string[]) => (
    <label className="grid gap-1">
      <span className="label">{label}</span>
      <select className="field w-full" name={name} defaultValue={given.get(name) ?? ''}>
        <option value="">any</option>
        {[...new Set([...all, given.get(name) ?? ''])].map(
          value => value !== '' && <option key={value}>{value}</option>,
        )}
      </select>
    </label>
  )
  return (
    <form
      className="panel grid grid-cols-2 items-end gap-3 p-4 sm:grid-cols-3 lg:grid-cols-[7rem_7rem_minmax(12rem,1fr)_7rem_6rem_8rem_8rem_auto]"
      onSubmit={search}
      aria-label="Search"
    >
      {text('from', 'From', '1h', 'times')}
      {text('to', 'To', 'now', 'times')}
      {text('route', 'Route', 'GET /users/{id}', 'routes')}
      {choice('method', 'Method', methods)}
      {text('status', 'Status', '5xx', 'statuses')}
      {choice('by', 'Answered by', ['ghost', ...answerers])}
      {text('scope', 'Whose', 'hash of credentials')}
      <button type="submit" className="button button-strong">
        Search
      </button>
      <datalist id="times">
        {['5m', '15m', '1h', '6h', '24h', '7d'].map(time => (
          <option key={time} value={time} />
        ))}
      </datalist>
      <datalist id="statuses">
        {['2xx', '3xx', '4xx', '5xx', '404', '503'].map(status => (
          <option key={status} value={status} />
        ))}
      </datalist>
      <datalist id="routes">
        {routes.data?.routes.map(({ id, method, pattern }) => (
          <option key={id} value={`${method} ${pattern}`} />
        ))}
      </datalist>
      <p className="label col-span-full">
        A time is how long ago (90s, 15m, 2h, 7d), or a moment such as 2026-01-31T14:05:00Z; a status is 404, 5xx or
        400-499.{' '}
        <Link href="/exchanges?by=ghost" className="link">
          Ghosts
        </Link>{' '}
        ·{' '}
        <Link href="/exchanges?status=5xx" className="link">
          Errors
        </Link>{' '}
        ·{' '}
        <Link href="/exchanges?by=refusal" className="link">
          Refusals
        </Link>
      </p>
    </form>
  )
}
