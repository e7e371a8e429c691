#!/usr/bin/env node
// The demo: a real API, real traffic through the proxy, kill -9, and what the ghost knows. Everything printed is measured.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Ask, asking, type Reply } from './demo/ask.js'
import { type DemoData, readDemoData } from './demo/data.js'
import { type Options, readOptions, usage } from './demo/options.js'
import { type Asked, sumUp, tableOf } from './demo/outcome.js'
import {
  type Api,
  cleanUp,
  DemoError,
  needFreePort,
  type ProxyProcess,
  startApi,
  startProxy,
  temporaryFolder,
} from './demo/processes.js'
import { type Question, questionsAfter } from './demo/questions.js'
import { Progress } from './demo/report.js'
import { type Browsed, browse } from './demo/traffic.js'
import { judge } from './demo/verdict.js'

const progress = new Progress(process.stdout)
const say = (text = ''): void => void process.stdout.write(`${text}\n`)

async function demo(options: Options): Promise<void> {
  await needFreePort(options.port, '127.0.0.1', '--port')
  await needFreePort(options.adminPort, '127.0.0.1', '--admin-port')
  const folder = temporaryFolder()
  const data = readDemoData()
  const dataFile = join(folder, 'data.json')
  writeFileSync(dataFile, JSON.stringify(data))

  say('1  Start')
  const api = await startApi(dataFile, 0)
  say(`   the API    json-server, ${sizesOf(data)}; pid ${api.pid}, ${api.url}`)
  const startedAt = performance.now()
  const proxy = await startProxy(api.url, options.port, options.adminPort, join(folder, 'chaos-data'))
  say(
    `   the proxy  pid ${proxy.pid}, ${proxy.url}, admin ${proxy.adminUrl}; ready in ${ms(performance.now() - startedAt)}`,
  )
  const ask = asking(proxy.url)

  say('2  Traffic through the proxy, which listens and learns')
  const browsed = await browse(ask, done => progress.show(`${done} requests`))
  need(browsed.failed === 0, `${browsed.failed} of ${browsed.requests} requests failed while the API was well`, proxy)
  progress.done(
    ` ${browsed.requests} requests in ${browsed.seconds.toFixed(1)} s, ${browsed.paths.size} different ones`,
  )
  const learned = await settled(proxy)
  say(
    `   learned    ${learned.learned} exchanges (the rest repeated them): ${learned.exemplars} exemplars, ${learned.routes} routes, ${learned.embedded} searches embedded; ${learned.dropped} dropped`,
  )
  say(
    `   embedder   ${learned.embedder}${learned.embedder.startsWith('lexical') ? ' (words alone; `npm run fetch-model` brings the transformer)' : ''}`,
  )

  const questions = questionsAfter(browsed.paths, data)
  const truths = await truthsOf(questions, asking(api.url))
  say('3  The API dies')
  await api.kill()
  say(`   kill -9 ${api.pid}: the system says that it is gone`)
  const asked = await askAll(questions, truths, ask, proxy)
  say()
  say(tableOf(asked))
  say()
  const { lines, broken } = sumUp(asked)
  for (const line of lines) say(`   ${line}`)
  if (broken !== undefined) throw new DemoError(broken)
  await crowd([...browsed.paths], ask, proxy)

  const back = options.recover ? await recover(dataFile, api, proxy, ask, browsed) : undefined
  whatNext(proxy, options)
  if (options.keep) await stayUp(proxy, options)
  await proxy.stop()
  await back?.kill()
}

function sizesOf({ resources }: DemoData): string {
  return ['movies', 'directors', 'countries', 'maps'].map(name => `${resources[name]!.length} ${name}`).join(', ')
}

interface Learning {
  readonly captured: number
  readonly learned: number
  readonly pending: number
  readonly dropped: number
  readonly embedded: number
  readonly routes: number
  readonly exemplars: number
  /** Name of the embedder, '' before it is open. */
  readonly embedder: string
}

const SETTLE_WITHIN_MS = 60_000

/** Waits until nothing is pending and nothing has changed for three looks. */
async function settled(proxy: ProxyProcess): Promise<Learning> {
  const startedAt = performance.now()
  let before = ''
  let calm = 0
  for (;;) {
    const reply = await asking(proxy.adminUrl)({ method: 'GET', path: '/api/learning' })
    need(reply.status === 200, `${proxy.adminUrl}/api/learning answered ${reply.status}`, proxy)
    const learning = JSON.parse(reply.body) as Learning
    const counts = JSON.stringify(learning)
    calm =
      learning.pending === 0 && learning.captured > 0 && learning.embedder !== '' && counts === before ? calm + 1 : 0
    if (calm === 3) return learning
    before = counts
    progress.show(`learning: ${learning.learned} done, ${learning.pending} pending`)
    need(
      performance.now() - startedAt < SETTLE_WITHIN_MS,
      `the proxy was still learning after ${SETTLE_WITHIN_MS / 1000} s: ${counts}`,
      proxy,
    )
    await sleep(100)
  }
}

/** What the API itself says to each question, asked while it is well and past the proxy. */
async function truthsOf(questions: readonly Question[], ask: Ask): Promise<(Reply | undefined)[]> {
  const truths: (Reply | undefined)[] = []
  for (const { safe, request } of questions) truths.push(safe ? await ask(request) : undefined)
  return truths
}

async function askAll(
  questions: readonly Question[],
  truths: readonly (Reply | undefined)[],
  ask: Ask,
  proxy: ProxyProcess,
): Promise<Asked[]> {
  const asked: Asked[] = []
  for (const [i, question] of questions.entries()) {
    try {
      const reply = await ask(question.request)
      asked.push({ question, reply, verdict: judge(reply, truths[i]) })
    } catch (error) {
      throw new DemoError(
        proxy.ended() ?? `${question.request.method} ${question.request.path} got no answer: ${reasonOf(error)}`,
      )
    }
  }
  return asked
}

/** All that was seen is asked for again, twice, by several at once: nobody may notice the outage by a failure. */
async function crowd(paths: readonly string[], ask: Ask, proxy: ProxyProcess): Promise<void> {
  const waiting = [...paths, ...paths]
  const total = waiting.length
  const durationsMs: number[] = []
  let failed = 0
  const visitor = async (): Promise<void> => {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      const startedAt = performance.now()
      const { status } = await ask({ method: 'GET', path })
      durationsMs.push(performance.now() - startedAt)
      if (status >= 500) failed += 1
    }
  }
  await Promise.all([visitor(), visitor(), visitor(), visitor()])
  durationsMs.sort((a, b) => a - b)
  const at = (share: number): string => durationsMs[Math.floor((total - 1) * share)]!.toFixed(1)
  say(
    `   the crowd  ${total} more requests for what was seen: ${failed} failed; p50 ${at(0.5)} ms, p99 ${at(0.99)} ms as this client saw it; the circuit is ${await circuitOf(proxy)}`,
  )
  need(failed === 0, `${failed} of ${total} requests for what was seen before failed in the outage`, proxy)
}

async function circuitOf({ adminUrl }: ProxyProcess): Promise<string> {
  const { body } = await asking(adminUrl)({ method: 'GET', path: '/api/status' })
  return (JSON.parse(body) as { circuit: { state: string } }).circuit.state
}

const BACK_WITHIN_MS = 10_000

/** The third act: the backend returns, the circuit closes, the truth flows again. */
async function recover(dataFile: string, dead: Api, proxy: ProxyProcess, ask: Ask, { paths }: Browsed): Promise<Api> {
  say('4  The API comes back')
  const api = await startApi(dataFile, dead.port)
  const startedAt = performance.now()
  const path = [...paths].find(candidate => candidate.startsWith('/movies/'))!
  let ghosts = 0
  for (;;) {
    const reply = await ask({ method: 'GET', path })
    need(reply.status === 200, `GET ${path} got ${reply.status} while the API came back`, proxy)
    if (reply.ghost === undefined) break
    ghosts += 1
    need(
      performance.now() - startedAt < BACK_WITHIN_MS,
      `no live answer ${BACK_WITHIN_MS / 1000} s after the API was back`,
      proxy,
    )
    await sleep(25)
  }
  say(
    `   pid ${api.pid}: the first live answer ${ms(performance.now() - startedAt)} after it listened; ${ghosts} ghosts bridged the time, none failed`,
  )
  return api
}

function whatNext(proxy: ProxyProcess, { keep }: Options): void {
  say(keep ? 'Try' : 'Try  npm run demo -- --keep, and in another terminal')
  say(`   curl -i '${proxy.url}/movies?_sort=votes&_order=desc&_page=1&_limit=10'`)
  say(`   curl -i '${proxy.url}/movies?q=STAR+wars&_limit=10'`)
  say(`   curl '${proxy.adminUrl}/api/debug/match?method=GET&path=/maps/alb'        what the ghost would say, and why`)
  say(`   curl '${proxy.adminUrl}/api/routes'`)
}

async function stayUp(proxy: ProxyProcess, { recover: alive }: Options): Promise<void> {
  say(`The proxy stays up, the API ${alive ? 'too' : 'stays dead'}. Ctrl-C ends it.`)
  while (proxy.ended() === undefined) await sleep(500)
  throw new DemoError(proxy.ended()!)
}

function need(holds: boolean, sentence: string, proxy: ProxyProcess): asserts holds {
  if (!holds) throw new DemoError(proxy.ended() ?? sentence)
}

function ms(duration: number): string {
  return duration < 1000 ? `${Math.round(duration)} ms` : `${(duration / 1000).toFixed(1)} s`
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}

process.on('exit', cleanUp)
// 128 + the number of the signal, as shells report it.
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

try {
  const options = readOptions()
  if (options === undefined) say(usage)
  else await demo(options)
  process.exit(0)
} catch (error) {
  const known = error instanceof DemoError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true
  process.stderr.write(`demo: ${known ? (error as Error).message : String((error as Error)?.stack ?? error)}\n`)
  process.exit(1)
}
