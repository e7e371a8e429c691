// Requests drawn as they go: from clients through the proxy to the upstream, or to the ghost, and back with their colour.
import { useEffect, useRef } from 'react'
import type { LiveTick } from '../../../core/contract/live.js'
import { rate } from '../format.js'
import { useTheme } from '../use-theme.js'
import { isTier, tiers } from './marks.js'

type Target = 'upstream' | 'ghost' | 'nobody'

interface Place {
  readonly x: number
  readonly y: number
}

const places: Readonly<Record<'clients' | 'proxy' | Target, Place>> = {
  clients: { x: 0.145, y: 0.5 },
  proxy: { x: 0.48, y: 0.5 },
  upstream: { x: 0.855, y: 0.17 },
  ghost: { x: 0.855, y: 0.5 },
  nobody: { x: 0.855, y: 0.83 },
}
const targets = ['upstream', 'ghost', 'nobody'] as const satisfies readonly Target[]

interface Dot {
  readonly target: Target
  readonly colour: string
  readonly startedAt: number
  /** Off the middle of the line. */
  readonly aside: number
}

const TRIP_MS = 1700
/** Drawn a second on one line; above that a dot stands for several. */
const MOST_DOTS = 36

interface Stream {
  readonly target: Target
  readonly colour: string
  readonly perSecond: number
}

export function perSecond(tick: LiveTick | undefined, count: number): number {
  return tick === undefined ? 0 : (count * 1000) / tick.spanMs
}

function streamsOf(tick: LiveTick | undefined): Stream[] {
  if (tick === undefined) return []
  return Object.entries(tick.statuses).flatMap(([by, classes]) =>
    Object.entries(classes).map(([name, count]): Stream => {
      const isError = name === '5xx' || name === 'none'
      const perSecondNow = perSecond(tick, count)
      if (isTier(by)) return { target: 'ghost', colour: by, perSecond: perSecondNow }
      if (by === 'live')
        return {
          target: 'upstream',
          colour: isError ? 'fail' : name === '4xx' ? 'warn' : 'live',
          perSecond: perSecondNow,
        }
      if (by === 'journalled') return { target: 'ghost', colour: 'warn', perSecond: perSecondNow }
      return { target: 'nobody', colour: 'fail', perSecond: perSecondNow }
    }),
  )
}

export function Flow({ tick, isLive }: { tick: LiveTick | undefined; isLive: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const streams = useRef<Stream[]>([])
  streams.current = isLive ? streamsOf(tick) : []
  const [theme] = useTheme()
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours.
  useEffect(() => draw(canvas.current!, streams), [theme])
  const now = streamsOf(tick)
  const total = (target: Target): number =>
    now.filter(stream => stream.target === target).reduce((sum, stream) => sum + stream.perSecond, 0)
  const statuses = (['2xx', '3xx', '4xx', '5xx'] as const).flatMap(name => {
    const count = perSecond(tick, tick?.statuses.live?.[name] ?? 0)
    return count > 0 ? [`${name} ${rate(count)}`] : []
  })
  const ghosts = tiers.flatMap(tier => {
    const count = Object.values(tick?.statuses[tier] ?? {}).reduce((sum, one) => sum + one, 0)
    return count > 0 ? [`${tier} ${rate(perSecond(tick, count))}`] : []
  })
  const journalled = perSecond(tick, tick?.counters.journalled ?? 0)
  if (journalled > 0) ghosts.push(`journalled ${rate(journalled)}`)
  const all = perSecond(tick, tick?.counters.requests ?? 0)
  return (
    <div className="relative h-full min-h-80 w-full select-none">
      <div className="absolute inset-0" aria-hidden="true">
        <canvas ref={canvas} className="size-full" />
      </div>
      <Node at={places.clients} name="Clients" value={all} sub={`${tick?.state.activeRequests ?? 0} under way`} />
      <Node
        at={places.proxy}
        name="Proxy"
        value={null}
        sub={tick?.state.mode === 'auto' ? '' : `mode ${tick?.state.mode ?? ''}`}
      />
      <Node
        at={places.upstream}
        name="Upstream"
        value={total('upstream')}
        sub={statuses.join(' · ')}
        tone="text-live"
      />
      <Node at={places.ghost} name="Ghost" value={total('ghost')} sub={ghosts.join(' · ')} tone="text-ghost" />
      <Node
        at={places.nobody}
        name="No answer"
        value={total('nobody')}
        sub="refused, cut or left"
        tone={total('nobody') > 0 ? 'text-fail' : 'text-muted'}
      />
    </div>
  )
}

function Node({
  at,
  name,
  value,
  sub,
  tone = '',
}: {
  at: Place
  name: string
  value: number | null
  sub: string
  tone?: string
}) {
  return (
    <div
      className="absolute w-[5.2rem] -translate-x-1/2 -translate-y-1/2 rounded-lg border border-line bg-surface px-2 py-2 text-center sm:w-44 sm:px-3"
      style={{ left: `${at.x * 100}%`, top: `${at.y * 100}%` }}
    >
      <div className="text-xs font-semibold sm:text-sm">{name}</div>
      {value !== null && (
        <div className={`text-lg leading-tight font-semibold tracking-tight sm:text-2xl ${tone}`}>
          {rate(value)}
          <span className="text-xs font-normal text-muted"> /s</span>
        </div>
      )}
      <div className="min-h-[1.1em] text-[0.7rem] leading-tight text-muted sm:text-xs">{sub}</div>
    </div>
  )
}

/** Returns what ends it. */
function draw(element: HTMLCanvasElement, streams: { readonly current: readonly Stream[] }): () => void {
  const context = element.getContext('2d')!
  const style = getComputedStyle(document.documentElement)
  const colours = new Map<string, string>()
  const colour = (name: string): string => {
    if (!colours.has(name)) colours.set(name, style.getPropertyValue(`--${name}`).trim())
    return colours.get(name)!
  }
  const still = matchMedia('(prefers-reduced-motion: reduce)')
  let dots: Dot[] = []
  let frame = 0
  let before = performance.now()
  const due = new Map<string, number>()

  const paint = (now: number): void => {
    frame = requestAnimationFrame(paint)
    const scale = devicePixelRatio
    const [width, height] = [element.clientWidth, element.clientHeight]
    if (element.width !== Math.round(width * scale)) element.width = Math.round(width * scale)
    if (element.height !== Math.round(height * scale)) element.height = Math.round(height * scale)
    context.setTransform(scale, 0, 0, scale, 0, 0)
    context.clearRect(0, 0, width, height)
    for (const target of targets) line(target, width, height)
    // A page that was hidden does not make up for it.
    const passed = Math.min(100, now - before)
    before = now
    if (still.matches) return
    for (const stream of streams.current) spawn(stream, passed, now)
    dots = dots.filter(({ startedAt }) => now - startedAt < TRIP_MS)
    for (const dot of dots) paintDot(dot, (now - dot.startedAt) / TRIP_MS, width, height)
  }

  const spawn = ({ target, colour: name, perSecond: speed }: Stream, passed: number, now: number): void => {
    const key = `${target} ${name}`
    const shown = speed <= 8 ? speed : Math.min(MOST_DOTS, 8 + 5 * Math.log2(speed / 8))
    let owed = (due.get(key) ?? Math.random()) + (shown * passed) / 1000
    for (; owed >= 1; owed -= 1)
      dots.push({ target, colour: name, startedAt: now - Math.random() * passed, aside: (Math.random() - 0.5) * 12 })
    due.set(key, owed)
  }

  const line = (target: Target, width: number, height: number): void => {
    const here = streams.current.filter(stream => stream.target === target)
    const busy = here.reduce((sum, stream) => sum + stream.perSecond, 0)
    context.beginPath()
    for (let step = 0; step <= 40; step++) {
      const { x, y } = along(target, step / 40, width, height)
      if (step === 0) context.moveTo(x, y)
      else context.lineTo(x, y)
    }
    context.lineWidth = busy === 0 ? 1.5 : Math.min(16, 4 + 2 * Math.log2(1 + busy))
    context.lineCap = 'round'
    context.strokeStyle = colour('line')
    context.setLineDash(busy === 0 ? [2, 6] : [])
    context.stroke()
    context.setLineDash([])
  }

  const paintDot = ({ target, colour: name, aside }: Dot, share: number, width: number, height: number): void => {
    // There and back again; what came of it is known on the way back.
    const back = share > 0.5
    const { x, y } = along(target, back ? 2 - 2 * share : 2 * share, width, height)
    context.beginPath()
    context.arc(x, y + aside, back ? 3.4 : 2.2, 0, Math.PI * 2)
    context.fillStyle = back ? colour(name) : colour('muted')
    context.fill()
  }

  frame = requestAnimationFrame(paint)
  return () => cancelAnimationFrame(frame)
}

/** `share` of the way from the clients to the target. */
function along(target: Target, share: number, width: number, height: number): Place {
  const turn = (places.proxy.x - places.clients.x) / (places[target].x - places.clients.x)
  if (share <= turn) {
    const x = places.clients.x + (share / turn) * (places.proxy.x - places.clients.x)
    return { x: x * width, y: places.proxy.y * height }
  }
  const t = (share - turn) / (1 - turn)
  const smooth = t * t * (3 - 2 * t)
  const x = places.proxy.x + t * (places[target].x - places.proxy.x)
  const y = places.proxy.y + smooth * (places[target].y - places.proxy.y)
  return { x: x * width, y: y * height }
}
