#!/usr/bin/env node
// The demo: a real API, real traffic through the proxy, kill -9, and what the ghost knows. Everything printed is measured.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Ask, asking, type Reply } from './demo/ask.js'
import { accounts, type DemoData, readDemoData } from './demo/data.js'
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
import { formatTable, Progress, shorten } from './demo/report.js'
import { type Browsed, browse } from './demo/traffic.js'
import { judge, leaks, RIGHT_ENOUGH, tally, type Verdict } from './demo/verdict.js'

const usage = `npm run demo -- [options]
  --port N         port of the proxy (8080, or CHAOS_PORT)
  --admin-port N   admin port (9090, or CHAOS_ADMIN_PORT)
  --keep           stay up with the API dead until Ctrl-C
  --recover        bring the API back at the end (default without --keep)
  --no-recover     do not
`

interface Options {
  readonly port: number
  readonly adminPort: number
  readonly keep: boolean
  readonly recover: boolean
}

/** A question, what the ghost said to it, and what the API had said before. */
interface Asked {
  readonly question: Question
  readonly reply: Reply
  readonly verdict: Verdict
}

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
  sumUp(asked)
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

function tableOf(asked: readonly Asked[]): string {
  const rows: (readonly string[] | { rule: string })[] = []
  let group = ''
  for (const { question, reply, verdict } of asked) {
    if (question.group !== group) rows.push({ rule: question.group })
    group = question.group
    rows.push([
      shorten(`${question.request.method} ${decodeURIComponent(question.request.path)}`, 46),
      question.label,
      String(reply.status),
      tierOf(reply),
      reply.confidence?.toFixed(2) ?? '–',
      matchOf(verdict),
    ])
  }
  return formatTable(['request', 'what it is', 'status', 'tier', 'conf.', 'match with the truth'], rows)
}

function tierOf({ ghost }: Reply): string {
  if (ghost === undefined) return 'live'
  return ghost === 'none' ? 'refused' : ghost
}

function matchOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'exact':
      return 'exact'
    case 'similar':
      return verdict.similarity === 1 ? 'same content' : `${(Math.floor(verdict.similarity * 1000) / 10).toFixed(1)} %`
    case 'refused':
      return `refused: ${verdict.because}`
    case 'unknown':
      return '–'
  }
}

/** Prints the summary, and fails where a promise was broken. */
function sumUp(asked: readonly Asked[]): void {
  const { right, partly, wrong, refused } = tally(asked.map(({ verdict }) => verdict))
  const others = asked.filter(({ question }) => question.group === "somebody else's page")
  const leaked = others.filter(({ reply }) => leaks(reply, { ...accounts[0] }))
  const unmarked = asked.filter(({ reply }) => reply.ghost === undefined)
  const seen = asked.filter(({ question }) => question.group === 'seen before')
  const kept = seen.filter(({ verdict }) => verdict.kind === 'exact')
  say(
    `   answered   ${right} right, ${partly} at least ${RIGHT_ENOUGH * 100} % right, ${wrong} wrong; ${refused} honestly refused`,
  )
  say(`   seen before  ${kept.length} of ${seen.length} octet for octet as the API said it`)
  say(
    `   leaks      ${leaked.length} of ${others.length} tries to see somebody else's page; unmarked answers: ${unmarked.length}`,
  )
  if (leaked.length > 0) throw new DemoError('a private page was shown to somebody else')
  if (unmarked.length > 0) throw new DemoError(`an answer came without its mark: ${unmarked[0]!.question.request.path}`)
  const silent = seen.find(({ verdict }) => verdict.kind === 'refused')
  if (silent !== undefined)
    throw new DemoError(`${silent.question.request.path} was asked before the outage and got no answer in it`)
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

function portOf(text: string, name: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new DemoError(`${name} must be a port, 1 to 65535, not ${text}`)
  return port
}

function readOptions(): Options | undefined {
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      'admin-port': { type: 'string' },
      keep: flag,
      recover: flag,
      'no-recover': flag,
      help: flag,
    },
  })
  if (values.help) return undefined
  return {
    port: portOf(values.port ?? process.env.CHAOS_PORT ?? '8080', '--port'),
    adminPort: portOf(values['admin-port'] ?? process.env.CHAOS_ADMIN_PORT ?? '9090', '--admin-port'),
    keep: values.keep,
    recover: !values['no-recover'] && (values.recover || !values.keep),
  }
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
