// What stands around every page: how the proxy is, seen from across the room, and the way to the other pages.
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { LiveState } from '../../../core/contract/live.js'
import { clockDuration, count, duration, rate } from '../format.js'
import type { LiveView } from '../live-store.js'
import { useLive } from '../use-live.js'
import { useTheme } from '../use-theme.js'
import { perSecond } from './flow.js'
import { tiers } from './marks.js'

const pages = [
  ['/live', 'Live'],
  ['/health', 'Health'],
  ['/immortality', 'Immortality'],
  ['/routes', 'Routes'],
  ['/match', 'Match'],
  ['/exchanges', 'Exchanges'],
  ['/replays', 'Replays'],
  ['/journal', 'Journal'],
  ['/outages', 'Outages'],
  ['/anomalies', 'Anomalies'],
  ['/settings', 'Settings'],
] as const

type Mood = 'well' | 'unsure' | 'outage'

export function Shell({ children }: { children: ReactNode }) {
  const view = useLive()
  const [path] = useLocation()
  const mood = moodOf(view.state)
  useTitle(view, mood, path)
  return (
    <div className="flex min-h-screen flex-col">
      <a
        href="#page"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:px-3 focus:py-2"
      >
        Skip to the page
      </a>
      <header className={mood === 'outage' ? 'outage-band' : 'border-b border-line bg-surface'} data-mood={mood}>
        <div className="mx-auto flex w-full max-w-[165rem] flex-wrap items-center gap-x-6 gap-y-2 px-4 pt-3 sm:px-6">
          <Link href="/live" className="flex items-center gap-2.5 font-semibold tracking-tight">
            <img src={`/${mood}.svg`} alt="" className="size-7" />
            Chaos-Proxy
          </Link>
          <div className="ml-auto flex items-center gap-3">
            <Connection view={view} isLoud={mood === 'outage'} />
            <ThemeSwitch />
          </div>
        </div>
        <div className="mx-auto w-full max-w-[165rem] px-4 sm:px-6">
          <Sentence view={view} mood={mood} />
          <Pages path={path} isLoud={mood === 'outage'} />
        </div>
      </header>
      <Notice view={view} />
      <main id="page" className="mx-auto w-full max-w-[165rem] flex-1 px-4 py-6 sm:px-6">
        {children}
      </main>
    </div>
  )
}

function Pages({ path, isLoud }: { path: string; isLoud: boolean }) {
  const nav = useRef<HTMLElement>(null)
  // Where not all of them have room, the one that is shown is in sight.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is another link.
  useEffect(() => {
    // In braces: newer browsers return a promise from it, and React would take that for what undoes the effect.
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [path])
  return (
    <nav ref={nav} aria-label="Pages" className="-mx-1 overflow-x-auto">
      <ul className="flex gap-1 px-1">
        {pages.map(([to, name]) => {
          const isHere = path === to || path.startsWith(`${to}/`)
          return (
            <li key={to}>
              <Link
                href={to}
                aria-current={isHere ? 'page' : undefined}
                className={`block border-b-[3px] px-2.5 py-2 text-sm whitespace-nowrap ${
                  isHere
                    ? 'border-current font-semibold'
                    : `border-transparent hover:border-current/40 ${isLoud ? '' : 'text-muted hover:text-ink'}`
                }`}
              >
                {name}
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}

function moodOf(state: LiveState | null): Mood {
  if (state === null) return 'well'
  if (state.outage !== null || state.circuit.state === 'open') return 'outage'
  return state.circuit.state === 'half-open' ||
    state.routeCircuits.length > 0 ||
    state.mode !== 'auto' ||
    state.drills.length > 0
    ? 'unsure'
    : 'well'
}

function Sentence({ view, mood }: { view: LiveView; mood: Mood }) {
  const { state } = view
  const now = useNow(mood === 'outage')
  if (state === null)
    return (
      <p className="py-2 text-sm text-muted">{view.phase === 'lost' ? 'The proxy does not answer.' : 'Connecting …'}</p>
    )
  if (mood === 'outage') return <Outage view={view} state={state} now={now} />
  const tick = view.ticks.at(-1)
  const requests = rate(perSecond(tick, tick?.counters.requests ?? 0))
  const sure = view.phase === 'open'
  return (
    <p className="py-2 text-sm" role="status">
      {mood === 'well' ? (
        <>
          <strong className={sure ? 'text-live' : 'text-muted'}>
            {sure ? 'The upstream is well.' : 'The upstream was well when last heard.'}
          </strong>{' '}
          <span className="text-muted">{sure ? `${requests} requests/s` : ''}</span>
        </>
      ) : (
        <strong className="text-warn">{unsureBecause(state)}</strong>
      )}
    </p>
  )
}

function unsureBecause({ circuit, drills, mode, routeCircuits }: LiveState): string {
  const said: string[] = []
  if (mode === 'forced') said.push('Ghosts answer everything: mode forced.')
  if (mode === 'off') said.push('No ghost answers: mode off.')
  if (drills.length > 0) said.push(`A drill runs (${drills.map(({ kind }) => kind).join(', ')}).`)
  if (circuit.state === 'half-open') said.push('The upstream is being tried.')
  if (routeCircuits.length === 1)
    said.push(`${routeCircuits[0]!.route} is ${routeCircuits[0]!.state === 'closed' ? 'coming back' : 'not well'}.`)
  if (routeCircuits.length > 1) said.push(`${routeCircuits.length} routes are not well.`)
  return said.join(' ')
}

function Outage({ view, state, now }: { view: LiveView; state: LiveState; now: number }) {
  const since = Date.parse(state.outage?.since ?? state.circuit.since)
  const tick = view.ticks.at(-1)
  const ghosts = tiers.reduce(
    (sum, tier) => sum + Object.values(tick?.statuses[tier] ?? {}).reduce((all, one) => all + one, 0),
    0,
  )
  const isDrill = state.outage === null && state.drills.length > 0
  return (
    <div role="alert" className="flex flex-wrap items-center gap-x-6 gap-y-1 py-3">
      <p className="text-3xl leading-none font-bold tracking-tight sm:text-5xl lg:text-6xl">
        {isDrill ? 'Drill' : 'Outage'} <span aria-hidden="true">{clockDuration((now - since) / 1000)}</span>
      </p>
      <p className="min-w-0 basis-full text-sm sm:basis-auto sm:text-base">
        <span className="block font-semibold">
          {state.mode === 'off' ? 'No ghost answers: mode off.' : `Ghosts answer ${rate(perSecond(tick, ghosts))}/s`}
          {state.outage !== null &&
            ` · ${count(state.outage.ghosts)} answered, ${count(state.outage.refused)} refused so far`}
        </span>
        <span className="block">
          {state.outage?.because ?? state.circuit.because}
          {nextProbe(state, now)}
        </span>
      </p>
    </div>
  )
}

function nextProbe({ circuit }: LiveState, now: number): string {
  if (circuit.state === 'half-open') return ' · being tried now'
  if (circuit.nextProbeAt === null) return ''
  const left = (Date.parse(circuit.nextProbeAt) - now) / 1000
  return left > 0.5 ? ` · tried again in ${duration(left)}` : ' · tried again with the next request'
}

function Connection({ view, isLoud }: { view: LiveView; isLoud: boolean }) {
  const now = useNow(view.phase === 'lost')
  const words =
    view.phase === 'open'
      ? 'connected'
      : view.phase === 'connecting'
        ? 'connecting'
        : `not connected for ${duration((now - (view.lostAt ?? now)) / 1000)}`
  const tone = isLoud ? '' : view.phase === 'open' ? 'text-live' : view.phase === 'lost' ? 'text-fail' : 'text-muted'
  return (
    <span className={`inline-flex items-center gap-2 text-sm font-medium ${tone}`} data-phase={view.phase}>
      <span
        aria-hidden="true"
        className={`size-2 rounded-full bg-current ${view.phase === 'lost' ? 'animate-pulse' : ''}`}
      />
      {words}
    </span>
  )
}

function ThemeSwitch() {
  const [theme, toggle] = useTheme()
  const other = theme === 'dark' ? 'light' : 'dark'
  return (
    <button
      type="button"
      onClick={toggle}
      className="rounded-md border border-current/30 px-2 py-1 text-xs font-medium"
      aria-label={`Use the ${other} theme`}
    >
      {other}
    </button>
  )
}

function Notice({ view }: { view: LiveView }) {
  const isLost = view.phase === 'lost'
  const words = isLost
    ? 'The proxy does not answer. What is shown is as it was; the page connects again by itself.'
    : view.notice
  return (
    <div aria-live="polite">
      {words !== '' && (
        <p
          className={`px-4 py-2 text-center text-sm font-medium ${isLost ? 'bg-ink text-bg' : 'bg-raised text-ink'}`}
          data-notice
        >
          {words}
        </p>
      )}
    </div>
  )
}

/** Epoch ms; runs only while it is shown. */
export function useNow(runs: boolean): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (!runs) return
    setNow(Date.now())
    const timer = window.setInterval(() => setNow(Date.now()), 1000)
    return () => window.clearInterval(timer)
  }, [runs])
  return now
}

/** A tab tells it, too. */
function useTitle({ phase }: LiveView, mood: Mood, path: string): void {
  const page = pages.find(([to]) => path.startsWith(to))?.[1] ?? ''
  useEffect(() => {
    const state = phase === 'lost' ? '✕ not connected – ' : mood === 'outage' ? '● OUTAGE – ' : ''
    document.title = `${state}${page} · Chaos-Proxy`
    document.querySelector<HTMLLinkElement>('link[rel=icon]')!.href = `/${mood}.svg`
  }, [phase, mood, page])
}
