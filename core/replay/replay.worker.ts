// thread: replay
// One replay in a thread of its own, at a low priority: what is proxied meanwhile is not disturbed. Its secrets are known here alone.
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { steadyClock, systemClock } from '../clock/clock.js'
import type { CreationForm } from '../contract/creation-form.js'
import type { HistoryQuery, HistoryReply } from '../contract/history.js'
import type { LessonRoute } from '../contract/lesson.js'
import { OTHER, UNLEARNED } from '../contract/phases.js'
import { unpackRecordings } from '../contract/recordings.js'
import type {
  ComparedRoute,
  MainToReplay,
  Recording,
  ReplayPlan,
  ReplaySecrets,
  ReplayToMain,
} from '../contract/replays.js'
import { RouteMatcher } from '../contract/route-match.js'
import { Redactor } from '../record/redact.js'
import { Scopes } from '../record/scope.js'
import type { UpstreamAddress, UpstreamTls } from '../upstream/client.js'
import type { HeadRules } from './prepare.js'
import { readHar } from './read-har.js'
import { RepeatedAnswers } from './repeated-answers.js'
import { Runner } from './runner.js'
import { Secrets } from './secrets.js'
import { Sender } from './sender.js'

export interface ReplayWorkerData {
  readonly plan: ReplayPlan
  readonly secrets: ReplaySecrets
  readonly address: UpstreamAddress
  readonly head: HeadRules
  readonly routes: readonly ComparedRoute[]
  readonly creations: readonly CreationForm[]
  /** Undefined: redaction is off. */
  readonly redact: readonly string[] | undefined
  readonly scopeKey: Uint8Array
  readonly connectTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly maxHeaderBytes: number
  readonly tls: UpstreamTls | undefined
}

const NICE = 5
const TELL_MS = 250
const PAGE = 1000
/** Requests of which it is asked at once what they were answered before. */
const EARLIER = 500
/** Of what was captured, in memory. */
const MAX_BYTES = 256 << 20
/** What stands for the route of what came from elsewhere, too early, or beside too many routes. */
const unnamed: readonly string[] = ['', UNLEARNED, OTHER]

const data = workerData as ReplayWorkerData
const port = parentPort!
const send = (message: ReplayToMain): void => port.postMessage(message)

// Only there is it the priority of this thread, and not that of the process.
if (process.platform === 'linux') setPriority(NICE)

const { plan } = data
const scopes = new Scopes(Buffer.from(data.scopeKey), [])
const redactor = new Redactor(data.redact, secret => scopes.hash(secret))
// What is matched and what is looked up are the same objects.
const matcher = new RouteMatcher(data.routes as unknown as readonly LessonRoute[])
const sender = new Sender(data.address, { ...data, connections: plan.connections, timeoutMs: plan.timeoutMs })
const runner = new Runner({
  ...{ plan, sender, head: data.head, creations: data.creations, steady: steadyClock, timeOfDay: systemClock },
  secrets: new Secrets(data.secrets),
  routeOf: (method, path) => matcher.match(method, path)?.route as unknown as ComparedRoute | undefined,
  redact: body => redactor.body(body).body,
})
const repeated = new RepeatedAnswers()
const asked = new Map<number, (reply: HistoryReply) => void>()
let asks = 0
let entries = 0
let bytes = 0

port.on('message', (message: MainToReplay) => {
  switch (message.kind) {
    case 'reply':
      asked.get(message.askId)?.(message.reply)
      asked.delete(message.askId)
      break
    case 'har':
      send({ kind: 'har-reply', askId: message.askId, reply: addHar(message.text) })
      break
    case 'pause':
      runner.pause()
      tell()
      break
    case 'resume':
      if (plan.source === 'har' && !begun) begin()
      else runner.resume()
      tell()
      break
    case 'stop':
      runner.stop(message.because)
      break
  }
})

let begun = false
function begin(): void {
  begun = true
  runner.start()
}

function tell(): void {
  send({ kind: 'news', report: runner.report(), fresh: runner.takeDifferences() })
}

const telling = setInterval(tell, TELL_MS)
void runner.ended.then(() => {
  clearInterval(telling)
  sender.close()
  tell()
  port.close()
})

if (plan.source === 'har') runner.hold('it waits for HAR files, and for being begun')
else void load().catch(error => runner.stop(`what was recorded cannot be read: ${(error as Error).message}`))
tell()

function addHar(text: string): { entries: number } | { problem: string } {
  if (begun || runner.state === 'ended') return { problem: 'it has begun already' }
  const read = readHar(text, entries)
  if ('problem' in read) return read
  entries += read.recordings.length + read.leftOut
  if (!hasRoom(read.recordings)) return { problem: `there is no room: more than ${MAX_BYTES} octets were captured` }
  const { methods, status, scope } = plan
  const chosen = read.recordings.filter(
    one =>
      isOfChosenRoute(one) &&
      (methods === undefined || methods.includes(one.method)) &&
      (status === undefined || (one.status >= status[0] && one.status <= status[1])) &&
      (scope === undefined || one.scope === scope),
  )
  runner.add(chosen.map(withAnswer))
  return { entries: chosen.length }
}

/** What came before its route was learned is of that route all the same. */
function isOfChosenRoute({ route, method, target }: Recording): boolean {
  const { routes } = plan
  if (routes === undefined || routes.includes(route)) return true
  if (!unnamed.includes(route) || target === null) return false
  const now = matcher.match(method, target.split('?', 1)[0]!)?.route
  return now !== undefined && routes.includes(`${now.method} ${now.pattern}`)
}

function withAnswer(recording: Recording): Recording {
  repeated.note(recording)
  return repeated.resolved(recording)
}

function hasRoom(recordings: readonly Recording[]): boolean {
  for (const { captured } of recordings) bytes += (captured?.body.length ?? 0) + (captured?.requestBody.length ?? 0)
  return bytes <= MAX_BYTES
}

/** From the history, page by page; what is stopped meanwhile is not begun. */
async function load(): Promise<void> {
  const { from, to, routes, methods, status, scope, limit, exchange } = plan
  const named = routes && [...routes, ...unnamed]
  const filter = { from, to, status, scope, by: ['upstream'] as const, routes: named, methods, exchange }
  let cursor: string | undefined
  do {
    const left = limit - runner.selected
    // Where most of a page may be of other routes, small ones would ask for it again and again.
    const size = routes === undefined ? Math.min(PAGE, left) : PAGE
    const reply = await ask({ kind: 'recordings', ...filter, limit: size, cursor })
    const page = recordingsOf(reply).filter(isOfChosenRoute).slice(0, left)
    cursor = reply.kind === 'recordings' ? (reply.next ?? undefined) : undefined
    await lookUp(page)
    runner.add(page.map(withAnswer))
    if (!hasRoom(page)) break
  } while (cursor !== undefined && runner.selected < limit && runner.state !== 'ended')
  if (exchange !== undefined && runner.selected === 0)
    runner.stop(`the history has no exchange ${exchange} that the upstream answered`)
  if (runner.state !== 'ended') begin()
}

const lookedUp = new Set<string>()

/** What was answered to requests of which only repeats are in the window. */
async function lookUp(page: readonly Recording[]): Promise<void> {
  const unknown = new Map<string, { method: string; target: string }>()
  for (const { captured, method, target } of page) {
    const name = `${method} ${target}`
    if (captured !== null || target === null || method !== 'GET' || lookedUp.has(name)) continue
    lookedUp.add(name)
    unknown.set(name, { method, target })
  }
  const all = [...unknown.values()]
  for (let i = 0; i < all.length; i += EARLIER)
    for (const earlier of recordingsOf(
      await ask({ kind: 'earlier-captures', before: plan.from, of: all.slice(i, i + EARLIER) }),
    ))
      if (hasRoom([earlier])) repeated.note(earlier)
}

function recordingsOf(reply: HistoryReply): Recording[] {
  if (reply.kind === 'recordings') return unpackRecordings(reply.bytes)
  throw new Error(reply.kind === 'unanswered' ? reply.because : `an answer of another kind, ${reply.kind}`)
}

function ask(query: HistoryQuery): Promise<HistoryReply> {
  const askId = asks++
  return new Promise(resolve => {
    asked.set(askId, resolve)
    send({ kind: 'ask', askId, query })
  })
}
