// thread: whatif
// Learns once more, from what the history kept of the time before a moment and nothing else, and asks ghosts that know only that
// what was asked after it. A thread and a memory of its own, made for one report: what is learned here nobody else sees.
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { openExactScan } from '../../brain/index/exact-scan.js'
import { Learner } from '../../brain/learner.js'
import { steadyClock } from '../clock/clock.js'
import { contentCoding } from '../contract/content-coding.js'
import type { Exchange } from '../contract/exchange.js'
import { unpackExchanges } from '../contract/exchange-wire.js'
import { fieldOf } from '../contract/fields.js'
import type { HistoryQuery, HistoryReply, Window } from '../contract/history.js'
import type { Lesson } from '../contract/lesson.js'
import type { MemoryReader } from '../contract/memory.js'
import { questionName, questionOf, routeMethod, routePath } from '../contract/question.js'
import { baseKeyOf, selection, variedKeyOf, withoutParams } from '../contract/request-key.js'
import { RouteMatcher } from '../contract/route-match.js'
import { RoutePolicies } from '../contract/route-policy.js'
import type { MainToWhatIf, WhatIfReport, WhatIfToMain, WhatIfWorkerData } from '../contract/whatif.js'
import { answerGhost } from '../ghost/answer.js'
import { fillTemplate } from '../ghost/fill-template.js'
import { refuseExemplar, rulesOn } from '../ghost/policy.js'
import { regenerate } from '../ghost/regenerate.js'
import { reparameterise } from '../ghost/reparameterise.js'
import type { AskIdentity } from '../ghost/tier.js'
import { ghostTiers } from '../ghost/tiers.js'
import { openWriter } from '../memory/lmdb.js'
import { heldAgainst } from '../outages/held-against.js'
import { passingKeys } from '../sealing/given-keys.js'
import { AskDesk } from '../threads/ask-desk.js'
import { type Outcome, Tally } from './tally.js'
import { Truths } from './truths.js'

/** The newest ones before the moment. */
const MAX_LEARNED = 20_000
const MAX_IN_WINDOW = 10_000
/** Of captured exchanges in memory, before and in the window. */
const MAX_BYTES = 64 << 20
const MAX_ASKED = 20_000
const PAGE_EXCHANGES = 1000
const PAGE_BYTES = 8 << 20
const BATCH = 200
const MEMORY_BYTES = 1 << 30
const HISTORY_MS = 20_000
const ASK_MS = 5000
const NICE = 10

const data = workerData as WhatIfWorkerData
const port = parentPort!
const send = (message: WhatIfToMain): void => port.postMessage(message)
const desk = new AskDesk<HistoryQuery, HistoryReply>((askId, query) => send({ kind: 'ask', askId, query }), {
  kind: 'unanswered',
  because: 'it takes too long',
})
port.on('message', ({ askId, reply }: MainToWhatIf) => desk.settle(askId, reply))
// Only there is it the priority of this thread, and not that of the process.
if (process.platform === 'linux') setPriority(NICE)

type Answered<Kind extends HistoryReply['kind']> = HistoryReply & { kind: Kind }

async function ask<Kind extends 'captures' | 'demand'>(query: HistoryQuery & { kind: Kind }): Promise<Answered<Kind>> {
  const reply = await desk.ask(query, steadyClock.now() + HISTORY_MS)
  if (reply.kind === 'unanswered') throw new Error(`the history does not answer: ${reply.because}`)
  return reply as Answered<Kind>
}

interface Captured {
  /** Oldest first. */
  readonly exchanges: readonly Exchange[]
  readonly isCut: boolean
}

/** The newest ones of a window, as many as may be. */
async function captured(window: Window, limit: number): Promise<Captured> {
  const exchanges: Exchange[] = []
  let bytes = 0
  let cursor: string | undefined
  do {
    const { instance } = data
    const page = { limit: Math.min(PAGE_EXCHANGES, limit - exchanges.length), maxBytes: PAGE_BYTES, cursor }
    const reply = await ask({ kind: 'captures', ...window, instance, ...page })
    exchanges.push(...unpackExchanges(reply.bytes))
    bytes += reply.bytes.byteLength
    cursor = reply.next ?? undefined
  } while (cursor !== undefined && exchanges.length < limit && bytes < MAX_BYTES)
  return { exchanges: exchanges.reverse(), isCut: cursor !== undefined }
}

/** Ghosts as they would have been at the moment: nobody learns any more. */
class GhostsOfThen {
  readonly #learner: Learner
  readonly #memory: MemoryReader
  readonly #lesson: Lesson
  readonly #matcher: RouteMatcher
  readonly #policies = new RoutePolicies(data.routeRules)
  /** By what was captured; the same question is not asked twice, where its answer does not depend on the time. */
  readonly #known = new Map<Exchange, Promise<Outcome>>()

  constructor(learner: Learner, memory: MemoryReader) {
    this.#learner = learner
    this.#memory = memory
    this.#lesson = learner.lesson()
    this.#matcher = new RouteMatcher(this.#lesson.routes)
  }

  /** `now`: when it was asked. */
  outcome(truth: Exchange, now: number): Promise<Outcome> {
    const { entries, switches } = data.routeRules
    const isPolicied = entries.length > 0 || switches.length > 0
    const dependsOnTime = data.rules.maxAgeS > 0 || data.rules.honour === 'rfc9111' || isPolicied
    const known = dependsOnTime ? undefined : this.#known.get(truth)
    if (known !== undefined) return known
    const outcome = this.#outcome(truth, now)
    this.#known.set(truth, outcome)
    return outcome
  }

  write(method: string, path: string): Outcome {
    const writes = this.#policies.of(method, path)?.writes ?? data.writes
    return writes === 'journal' ? { kind: 'journalled' } : { kind: 'refused', because: 'write' }
  }

  async #outcome(truth: Exchange, now: number): Promise<Outcome> {
    const { method, path, query, scope, requestBody: body, requestHeaders: headers } = truth
    const contentType = fieldOf(headers, 'content-type')
    const question = questionOf({ method, path, query, contentType, body })
    const matched = this.#matcher.match(routeMethod(question, method), routePath(question, path))
    const ignored = new Set(question.kind === 'plain' ? matched?.route.ignored?.map(({ name }) => name) : [])
    const rest = withoutParams(query, ignored)
    const policy = this.#policies.of(method, path)
    const result = await answerGhost(
      {
        ...{ method, path, query: rest === '' ? undefined : rest, headers, scope, question, now },
        identity: identityOf({ ...truth, query: rest }, questionName(question, method, path, rest)),
        hasBody: body.length > 0,
        body: body.length > 0 ? body : undefined,
        route: matched?.route,
        params: matched?.params ?? [],
        answerBy: steadyClock.now() + ASK_MS,
      },
      policy?.ghost ?? 'auto',
      tiers,
      {
        memory: this.#memory,
        askMatch: () => Promise.resolve({ kind: 'none', because: 'no-candidate', candidates: [] }),
        compose: question => Promise.resolve(this.#learner.compose(question)),
        failed: () => {},
      },
      policy === undefined ? data.rules : rulesOn(policy, data.rules),
    )
    if (result.answer === undefined) return { kind: 'refused', because: result.refused }
    const { answer } = result
    const verdict = heldAgainst(
      method,
      { status: answer.status, coding: contentCoding(answer.headers), body: answer.body },
      { status: truth.status, coding: contentCoding(truth.headers), body: Buffer.from(truth.body) },
      // What was captured is redacted already.
      redacted => redacted,
      matched?.route.volatile,
    )
    if (verdict === undefined) return { kind: 'unknown', because: 'unreadable' }
    const target = query === '' ? path : `${path}?${query}`
    return { kind: 'answered', method, target, tier: answer.tier, confidence: answer.confidence, ...verdict }
  }
}

/** Texts are not embedded here: where only the semantic tier would have answered, this counts as silence, as it does in readiness. */
const tiers = ghostTiers.filter(({ tier }) => tier !== 'semantic')

/** As the request was named, with what is known of the fields that selected its answer. */
function identityOf(
  { path, query, requestHeaders, selected = [] }: Exchange,
  question: string | undefined,
): AskIdentity {
  const by = new Map(selected.flatMap((name, i) => (i % 2 === 0 ? [[name, selected[i + 1]!] as const] : [])))
  return {
    baseKey: (method, scope) => baseKeyOf({ method, path, query, scope, question }),
    variedKey: (baseKey, fields) =>
      variedKeyOf(
        baseKey,
        fields.flatMap(field => [field, by.get(field) ?? selection(requestHeaders, field)]),
      ),
  }
}

async function report(): Promise<Omit<WhatIfReport, 'tookMs'>> {
  const { at, until, acceptable, instance, folder, rules, softFailures } = data
  const before = await captured({ from: 0, to: at }, MAX_LEARNED)
  // What was still under way nobody knew.
  const known = before.exchanges.filter(({ completedAt }) => completedAt <= at)
  known.sort((a, b) => a.completedAt - b.completedAt)
  const memory = openWriter(
    folder,
    { maxBytes: MEMORY_BYTES, forgotten: () => {} },
    data.isSealed ? passingKeys() : undefined,
  )
  try {
    const learner = new Learner({
      memory,
      openIndex: openExactScan,
      ghosts: {
        fillTemplate,
        regenerate,
        reparameterise,
        refuses: (exemplar, now) => refuseExemplar(exemplar, now, rules) !== undefined,
      },
      serving: rules,
      now: () => at,
      // All is graded, however fast it comes.
      gradeShare: 1,
      softFailures,
    })
    for (let i = 0; i < known.length; i += BATCH) await learner.learn(known.slice(i, i + BATCH))
    await learner.flush()
    const ghosts = new GhostsOfThen(learner, memory)
    const within = await captured({ from: at, to: until }, MAX_IN_WINDOW)
    const readFrom = within.isCut ? (within.exchanges[0]?.startedAt ?? at) : at
    const truths = new Truths([...before.exchanges, ...within.exchanges], readFrom)
    const { rows, every } = await ask({ kind: 'demand', from: at, to: until, instance, limit: MAX_ASKED })
    const tally = new Tally(at, until, acceptable)
    for (const facts of rows) {
      const truth = truths.of(facts)
      if (truth === 'left-out') continue
      const outcome =
        truth === 'write'
          ? ghosts.write(facts.method, (facts.target ?? '').split('?', 1)[0]!)
          : 'because' in truth
            ? ({ kind: 'unknown', because: truth.because } as const)
            : await ghosts.outcome(truth.exchange, facts.at)
      tally.add(facts, every / facts.share, outcome)
    }
    const oldest = known.reduce((least, { startedAt }) => Math.min(least, startedAt), Number.POSITIVE_INFINITY)
    const since = known.length === 0 ? null : new Date(oldest).toISOString()
    return tally.report({ exchanges: known.length, since, isCut: before.isCut }, every)
  } finally {
    await memory.close()
  }
}

report()
  .then(
    done => send({ kind: 'done', report: done }),
    error => send({ kind: 'failed', because: error instanceof Error ? error.message : String(error) }),
  )
  .finally(() => port.close())
