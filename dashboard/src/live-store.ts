// The one connection to WS /api/live, and what came over it. It comes back by itself, gets what it missed, and says so.
import type {
  LiveEvent,
  LiveHello,
  LiveMessage,
  LiveRequest,
  LiveState,
  LiveTick,
  LiveWelcome,
} from '../../core/contract/live.js'
import { duration } from './format.js'
import { isRefused, onSessionChange, refuse } from './session.js'

export interface Seen extends LiveRequest {
  readonly key: number
}

export interface SeenEvent extends LiveEvent {
  readonly key: number
}

export interface LiveView {
  readonly phase: 'connecting' | 'open' | 'lost'
  /** When the connection broke, epoch ms. */
  readonly lostAt: number | null
  /** What a person should know of the last return; '' for nothing. */
  readonly notice: string
  readonly version: string
  /** The last that is known; null: nothing yet. */
  readonly state: LiveState | null
  /** Oldest first. */
  readonly ticks: readonly LiveTick[]
  /** Newest first. */
  readonly requests: readonly Seen[]
  readonly events: readonly SeenEvent[]
}

const KEPT_TICKS = 300
const KEPT_REQUESTS = 2000
const KEPT_EVENTS = 200
const RETRY_MS = [250, 500, 1000, 2000, 4000] as const
/** Nothing came for so long: the connection is dead, whatever the system says. */
const SILENCE_MS = 5000
const NOTICE_MS = 8000
const VERSION = 1 satisfies LiveTick['v']
const NO_TOKEN = 4401

let view: LiveView = {
  phase: 'connecting',
  lostAt: null,
  notice: '',
  version: '',
  state: null,
  ticks: [],
  requests: [],
  events: [],
}
const listeners = new Set<() => void>()
let socket: WebSocket | undefined
let run = ''
let tries = 0
let keys = 0
let retry: number | undefined
let silence: number | undefined

export const live = {
  view: (): LiveView => view,
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  start: (): void => {
    connect()
    onSessionChange(() => {
      tries = 0
      window.clearTimeout(retry)
      // What the old one is told came before: it was opened as somebody else.
      const old = socket
      socket = undefined
      old?.close()
      if (!isRefused()) connect()
    })
    addEventListener('online', reconnectNow)
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) reconnectNow()
    })
  },
}

function set(change: Partial<LiveView>): void {
  view = { ...view, ...change }
  for (const listener of listeners) listener()
}

function reconnectNow(): void {
  if (view.phase === 'open' || isRefused() || socket?.readyState === WebSocket.CONNECTING) return
  tries = 0
  window.clearTimeout(retry)
  connect()
}

function connect(): void {
  const opened = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/live`)
  socket = opened
  opened.onopen = () => {
    const seq = view.ticks.at(-1)?.seq ?? 0
    const hello: LiveHello = {
      v: VERSION,
      kind: 'hello',
      token: '',
      resume: run === '' ? null : { run, seq },
    }
    opened.send(JSON.stringify(hello))
    listen()
  }
  opened.onmessage = ({ data }) => {
    listen()
    hear(JSON.parse(String(data)) as LiveMessage)
  }
  opened.onclose = ({ code }) => {
    if (socket !== opened) return
    window.clearTimeout(silence)
    set({ phase: view.phase === 'connecting' ? 'connecting' : 'lost', lostAt: view.lostAt ?? Date.now() })
    // Somebody has to log in first.
    if (code === NO_TOKEN) return refuse()
    if (tries > 1 && view.phase === 'connecting') set({ phase: 'lost' })
    const wait = RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]!
    tries += 1
    retry = window.setTimeout(connect, wait)
  }
}

function listen(): void {
  window.clearTimeout(silence)
  silence = window.setTimeout(() => socket?.close(), SILENCE_MS)
}

function hear(message: LiveMessage): void {
  if (message.v !== VERSION) return
  switch (message.kind) {
    case 'welcome':
      greet(message)
      break
    case 'tick':
      take([message])
      break
    case 'skipped':
      say(`${duration(message.ticks)} left out: this connection is slower than the feed`)
      break
  }
}

function greet(welcome: LiveWelcome): void {
  const wasLost = view.lostAt
  const isSame = run === welcome.run
  const isReturn = run !== ''
  run = welcome.run
  tries = 0
  // Of a proxy that was started again the old picture is history: its counts begin anew.
  if (isReturn && !isSame) set({ ticks: [] })
  set({ phase: 'open', lostAt: null, version: welcome.version, state: welcome.state })
  take(welcome.missed)
  if (!isReturn || wasLost === null) return
  const gone = duration((Date.now() - wasLost) / 1000)
  if (!isSame) say(`Connected again after ${gone}: the proxy was started anew`)
  else if (welcome.lost > 0) say(`Connected again after ${gone}; ${duration(welcome.lost)} could not be filled in`)
  else say(`Connected again after ${gone}; nothing is missing but single requests`)
}

function say(notice: string): void {
  set({ notice })
  window.setTimeout(() => {
    if (view.notice === notice) set({ notice: '' })
  }, NOTICE_MS)
}

function take(ticks: readonly LiveTick[]): void {
  const last = ticks.at(-1)
  if (last === undefined) return
  const seen = ticks.flatMap(({ requests }) => requests).map(request => ({ ...request, key: keys++ }))
  const events = ticks.flatMap(tick => tick.events).map(event => ({ ...event, key: keys++ }))
  set({
    state: last.state,
    ticks: [...view.ticks, ...ticks].slice(-KEPT_TICKS),
    requests: [...seen.reverse(), ...view.requests].slice(0, KEPT_REQUESTS),
    events: [...events.reverse(), ...view.events].slice(0, KEPT_EVENTS),
  })
}
