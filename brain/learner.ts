// thread: learner
// What the learner does with an exchange, in order: bury what a write made untrue, find the route, grade what a ghost
// would have said (test, then train), store the exemplar, learn the template, name the text to embed.
import { createHash } from 'node:crypto'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import type { EmbeddedText, LearnerCounts, LearnReply, SearchReply, TextToEmbed } from '../core/contract/brain-tasks.js'
import type { Exchange } from '../core/contract/exchange.js'
import { fieldOf } from '../core/contract/fields.js'
import type { Candidate, Tier } from '../core/contract/ghost.js'
import { type JsonNode, parseJson } from '../core/contract/json.js'
import type { Lesson, LessonRoute, TierGrade } from '../core/contract/lesson.js'
import type { Exemplar, MemoryWriter } from '../core/contract/memory.js'
import type { Template } from '../core/contract/template.js'
import {
  addEvidence,
  addGrade,
  type Evidence,
  type GradedMatch,
  gradeOf,
  matchGrade,
  noEvidence,
  priorOf,
  textDifference,
} from './grade/posterior.js'
import { similarity } from './grade/similarity.js'
import type { VectorIndex } from './index/vector-index.js'
import { type LearnedRoute, type MovedRoute, RouteTable } from './learn/route-table.js'
import { shapeOf } from './learn/shape.js'
import { learnTemplate, type TemplateExample } from './learn/template.js'
import { describeRequest } from './text.js'

/** How ghosts put answers together; handed in, so that grading judges exactly what clients would get. */
export interface GhostWays {
  fillTemplate(
    template: Template,
    request: { params: readonly string[]; query: string },
  ): { body: Uint8Array } | undefined
  reparameterise(body: Uint8Array, from: { query: string }, to: { query: string }): Uint8Array
}

export interface LearnerParts {
  readonly memory: MemoryWriter
  readonly openIndex: () => VectorIndex
  readonly ghosts: GhostWays
  readonly now: () => number
}

const EXAMPLES_PER_ROUTE = 16
const GRADED_MATCHES_PER_ROUTE = 64
/** Larger bodies are exemplars, but nothing is learned from what is in them. */
const MAX_PARSED_BYTES = 256 * 1024
const MAX_TEMPLATE_BYTES = 64 * 1024
const SAVE_MS = 1000
const LESSON_MS = 200
const NEIGHBOURS = 8
/** Below this nobody would call two requests the same question. */
const MIN_SIMILARITY = 0.6
/** Writes remembered, so that an answer that was under way when they went through is not learned. */
const REMEMBERED_WRITES = 10_000

interface RouteKnowledge {
  exact: Evidence
  template: Evidence
  matches: GradedMatch[]
  templateVersion: number
  /** Newest last; not kept between runs. */
  examples: TemplateExample[]
  /** Examples seen, for deciding when learning again is worth it. */
  exampleCount: number
}

interface SavedKnowledge {
  readonly exact: Evidence
  readonly template: Evidence
  readonly matches: GradedMatch[]
  readonly templateVersion: number
}

export class Learner {
  readonly #memory: MemoryWriter
  readonly #ghosts: GhostWays
  readonly #now: () => number
  readonly #openIndex: () => VectorIndex
  #routes = new RouteTable()
  readonly #known = new Map<string, RouteKnowledge>()
  readonly #writtenAt = new Map<string, number>()
  #index: VectorIndex
  /** Embedder whose vectors are in the index. */
  #embedder = ''
  #version = 0
  /** Something the next lesson must say. */
  #changed = false
  /** Something that is not written down yet. */
  #unsaved = false
  #lessonAt = 0
  #savedAt = 0

  constructor(parts: LearnerParts) {
    this.#memory = parts.memory
    this.#ghosts = parts.ghosts
    this.#now = parts.now
    this.#openIndex = parts.openIndex
    this.#index = parts.openIndex()
    this.#load()
  }

  // ── learn ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  async learn(exchanges: readonly Exchange[]): Promise<LearnReply> {
    this.#unsaved = true
    const toEmbed: TextToEmbed[] = []
    let learned = 0
    await this.#memory.batch(() => {
      for (const exchange of exchanges) {
        if (exchange.method === 'GET' || exchange.method === 'HEAD') this.#learnAnswer(exchange, toEmbed)
        else this.#learnWrite(exchange)
        learned += 1
      }
      this.#save(false)
    })
    return { kind: 'learned', learned, lesson: this.#lessonIfDue(false), toEmbed, counts: this.counts() }
  }

  /** RFC 9111 §4.4: a write that was accepted makes stored answers of its target, and of the places it names, untrue. */
  #learnWrite(exchange: Exchange): void {
    const because = `${exchange.method} ${exchange.path}`
    for (const path of new Set([exchange.path, ...namedPaths(exchange.headers)])) {
      this.#memory.bury(path, { gone: true, at: exchange.completedAt, because })
      if (this.#writtenAt.size >= REMEMBERED_WRITES) this.#writtenAt.delete(this.#writtenAt.keys().next().value!)
      this.#writtenAt.set(path, exchange.completedAt)
    }
  }

  #learnAnswer(exchange: Exchange, toEmbed: TextToEmbed[]): void {
    // The question was put before the write was done: its answer may be from before as well.
    if (exchange.startedAt <= (this.#writtenAt.get(exchange.path) ?? 0)) return
    const plain = decodedBody(exchange)
    const json = plain === undefined || plain.length > MAX_PARSED_BYTES ? undefined : jsonOf(plain, exchange.headers)
    const found = this.#routeOf(exchange, json)
    const known = found === undefined ? undefined : this.#knowledgeOf(found.route.id)
    const old = this.#memory.exemplar(exchange.key)
    const before = old === undefined || 'gone' in old ? undefined : old

    if (known !== undefined && before !== undefined) this.#gradeExact(known, before, exchange, json)
    if (found !== undefined && known !== undefined && plain !== undefined)
      this.#gradeTemplate(found, known, exchange, plain, json)

    if (exchange.vary.length > 0) this.#memory.putVary(exchange.baseKey, exchange.vary)
    const same =
      before !== undefined && before.status === exchange.status && Buffer.from(before.body).equals(exchange.body)
    this.#memory.putExemplar({
      key: exchange.key,
      baseKey: exchange.baseKey,
      method: exchange.method,
      path: exchange.path,
      query: exchange.query,
      scope: exchange.scope,
      shared: exchange.shared,
      routeId: found?.route.id ?? '',
      status: exchange.status,
      headers: exchange.headers,
      capturedAt: same ? before.capturedAt : exchange.completedAt,
      lastSeenAt: exchange.completedAt,
      seen: (before?.seen ?? 0) + 1 + exchange.repeats,
      redactions: exchange.redactions,
      body: exchange.body,
    })
    this.#changed = true
    if (found === undefined || known === undefined) return
    found.route.seen += exchange.repeats
    if (before === undefined) found.route.exemplars += 1
    if (plain !== undefined && json !== undefined) this.#learnTemplate(found, known, exchange, plain, json)
    this.#nameText(found.route, found.params, exchange, before === undefined, toEmbed)
  }

  /** Only good answers make routes: a scanner's misses must not. */
  #routeOf(
    exchange: Exchange,
    json: JsonNode | undefined,
  ): { route: LearnedRoute; params: readonly string[] } | undefined {
    if (exchange.method === 'HEAD' || exchange.status >= 400) return this.#routes.match('GET', exchange.path)
    const shape = shapeOf(json, fieldOf(exchange.headers, 'content-type') ?? '')
    const { route, params, moved } = this.#routes.observe(exchange.method, exchange.path, shape, exchange.completedAt)
    for (const move of moved) this.#move(move)
    return route === undefined ? undefined : { route, params }
  }

  /** Constants became a parameter: what was learned of each is evidence for the new route, but for templates. */
  #move({ from, to }: MovedRoute): void {
    const old = this.#known.get(from)
    this.#known.delete(from)
    this.#memory.removeTemplate(from)
    if (old === undefined) return
    const into = this.#knowledgeOf(to)
    into.exact = addEvidence(into.exact, old.exact)
    into.matches = [...into.matches, ...old.matches].slice(-GRADED_MATCHES_PER_ROUTE)
  }

  // ── grade ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #gradeExact(known: RouteKnowledge, before: Exemplar, exchange: Exchange, json: JsonNode | undefined): void {
    // Both bodies may be coded; equal octets are equal answers, and that is the common case.
    known.exact = addGrade(
      known.exact,
      similarity(before, exchange, fieldOf(exchange.headers, 'content-encoding') === undefined ? json : undefined),
    )
    // Repeats that the edge counted were the same as the answer before.
    if (exchange.repeats > 0) known.exact = addGrade(known.exact, 1)
  }

  #gradeTemplate(
    found: { route: LearnedRoute; params: readonly string[] },
    known: RouteKnowledge,
    exchange: Exchange,
    plain: Buffer,
    json: JsonNode | undefined,
  ): void {
    if (known.templateVersion === 0 || !isForAll(exchange) || exchange.method !== 'GET') return
    // A request that the template was learned from proves nothing.
    if (known.examples.some(({ key }) => key === exchange.key)) return
    const template = this.#memory.template(found.route.id)
    if (template === undefined) return
    const filled = this.#ghosts.fillTemplate(template, { params: found.params, query: exchange.query })
    if (filled === undefined) return
    known.template = addGrade(
      known.template,
      similarity({ status: template.status, body: filled.body }, { status: exchange.status, body: plain }, json),
    )
  }

  /** Before a new text joins the index: would the nearest one have been the right answer? */
  #gradeNearest(item: EmbeddedText): void {
    const nearest = this.#index.search(item.partition, item.vector, NEIGHBOURS).find(({ id }) => id !== item.textKey)
    if (nearest === undefined || nearest.similarity < MIN_SIMILARITY) return
    const other = this.#textOf(nearest.id)
    if (other !== undefined) this.#gradeMatch(other, item, nearest.similarity)
  }

  #gradeMatch(known: TextToEmbed, asked: TextToEmbed, near: number): void {
    const truth = this.#standing(asked.exemplarKey)
    const other = this.#standing(known.exemplarKey)
    if (truth === undefined || other === undefined || other.key === truth.key) return
    const { matches } = this.#knowledgeOf(truth.routeId)
    const body = this.#ghosts.reparameterise(other.body, other, truth)
    matches.push({
      similarity: near,
      difference: textDifference(known.text, asked.text),
      score: similarity({ status: other.status, body }, truth),
    })
    if (matches.length > GRADED_MATCHES_PER_ROUTE) matches.shift()
    this.#changed = true
  }

  // ── templates ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #learnTemplate(
    found: { route: LearnedRoute; params: readonly string[] },
    known: RouteKnowledge,
    exchange: Exchange,
    plain: Buffer,
    json: JsonNode,
  ): void {
    // What one credential saw would stand in the template as if it were true for all.
    if (
      !isForAll(exchange) ||
      exchange.method !== 'GET' ||
      exchange.status !== 200 ||
      exchange.redactions > 0 ||
      plain.length > MAX_TEMPLATE_BYTES
    )
      return
    const at = known.examples.findIndex(({ key }) => key === exchange.key)
    if (at >= 0) known.examples.splice(at, 1)
    known.examples.push({
      key: exchange.key,
      params: found.params,
      query: exchange.query,
      status: exchange.status,
      headers: exchange.headers,
      body: json,
      capturedAt: exchange.completedAt,
    })
    if (known.examples.length > EXAMPLES_PER_ROUTE) known.examples.shift()
    if (at >= 0) return
    known.exampleCount += 1
    // Each new example may refute a constant while there are few; later a look now and then is enough.
    if (known.exampleCount > EXAMPLES_PER_ROUTE && known.exampleCount % EXAMPLES_PER_ROUTE !== 0) return
    const template = learnTemplate(found.route.id, known.templateVersion + 1, known.examples)
    if (template !== undefined) {
      known.templateVersion += 1
      this.#memory.putTemplate(template)
    } else if (known.templateVersion > 0) {
      known.templateVersion = 0
      this.#memory.removeTemplate(found.route.id)
    }
  }

  // ── meaning ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** `isNew`: the first answer to this very request. */
  #nameText(
    route: LearnedRoute,
    params: readonly string[],
    exchange: Exchange,
    isNew: boolean,
    toEmbed: TextToEmbed[],
  ): void {
    if (exchange.method !== 'GET' || exchange.status !== 200) return
    const { text, partition, freeText } = describeRequest({
      method: 'GET',
      pattern: route.pattern,
      path: exchange.path,
      query: exchange.query,
      scope: exchange.scope,
      params,
    })
    if (!freeText) return
    const textKey = createHash('sha256').update(`${partition}\n${text}`).digest('base64url').slice(0, 22)
    const asked: TextToEmbed = { textKey, text, partition, exemplarKey: exchange.key }
    const known = this.#textOf(textKey)
    if (known !== undefined) {
      // Said before in another case or spacing: would that answer have been right?
      if (isNew) this.#gradeMatch(known, asked, 1)
      return
    }
    // Remembered by text, so that another embedder can come later.
    this.#memory.putState(`text:${textKey}`, JSON.stringify(asked))
    toEmbed.push(asked)
  }

  async index(embedder: string, items: readonly EmbeddedText[]): Promise<LearnReply> {
    this.#useEmbedder(embedder)
    this.#unsaved = true
    await this.#memory.batch(() => {
      for (const item of items) {
        this.#gradeNearest(item)
        this.#memory.putVector({ ...item, embedder })
        this.#index.add(item.textKey, item.partition, item.vector)
      }
      this.#save(false)
    })
    return { kind: 'learned', learned: 0, lesson: this.#lessonIfDue(false), toEmbed: [], counts: this.counts() }
  }

  search(embedder: string, route: string, partition: string, text: string, vector: Float32Array): SearchReply {
    this.#useEmbedder(embedder)
    const candidates: Candidate[] = []
    let best: SearchReply['best']
    const matches = this.#known.get(route)?.matches ?? []
    for (const { id, similarity: near } of this.#index.search(partition, vector, NEIGHBOURS)) {
      const known = this.#textOf(id)
      const exemplar = known === undefined ? undefined : this.#standing(known.exemplarKey)
      if (known === undefined || exemplar === undefined) continue
      const because = near < MIN_SIMILARITY ? 'not near enough' : best !== undefined ? 'another one is nearer' : ''
      if (because === '')
        best = {
          key: exemplar.key,
          similarity: near,
          grade: matchGrade(matches, near, textDifference(known.text, text)),
        }
      candidates.push({
        key: exemplar.key,
        method: exemplar.method,
        target: exemplar.query === '' ? exemplar.path : `${exemplar.path}?${exemplar.query}`,
        similarity: near,
        because,
      })
    }
    return { kind: 'found', best, candidates }
  }

  /** Texts without a vector of this embedder: after the model has arrived, or after a crash. */
  unembedded(embedder: string, limit: number): TextToEmbed[] {
    this.#useEmbedder(embedder)
    const texts: TextToEmbed[] = []
    for (const json of this.#memory.states('text:')) {
      const text = JSON.parse(json) as TextToEmbed
      if (this.#memory.hasVector(embedder, text.textKey)) continue
      texts.push(text)
      if (texts.length >= limit) break
    }
    return texts
  }

  #useEmbedder(embedder: string): void {
    if (this.#embedder === embedder) return
    this.#embedder = embedder
    this.#index = this.#openIndex()
    for (const { textKey, partition, vector } of this.#memory.vectors(embedder))
      this.#index.add(textKey, partition, vector)
  }

  #textOf(textKey: string): TextToEmbed | undefined {
    const json = this.#memory.state(`text:${textKey}`)
    return json === undefined ? undefined : (JSON.parse(json) as TextToEmbed)
  }

  #standing(exemplarKey: string): Exemplar | undefined {
    const exemplar = this.#memory.exemplar(exemplarKey)
    return exemplar === undefined || 'gone' in exemplar ? undefined : exemplar
  }

  // ── lessons ────────────────────────────────────────────────────────────────────────────────────────────────────────

  lesson(): Lesson {
    this.#changed = false
    this.#lessonAt = this.#now()
    this.#version += 1
    return { version: this.#version, routes: [...this.#routes.routes()].map(route => this.#lessonRoute(route)) }
  }

  counts(): LearnerCounts {
    return { routes: this.#routes.size, ...this.#memory.counts() }
  }

  /** Writes down what is only here, and says the newest lesson. */
  async flush(): Promise<LearnReply> {
    if (this.#unsaved) await this.#memory.batch(() => this.#save(true))
    return { kind: 'learned', learned: 0, lesson: this.#lessonIfDue(true), toEmbed: [], counts: this.counts() }
  }

  #lessonIfDue(now: boolean): Lesson | undefined {
    return this.#changed && (now || this.#now() - this.#lessonAt >= LESSON_MS) ? this.lesson() : undefined
  }

  #lessonRoute(route: LearnedRoute): LessonRoute {
    const known = this.#known.get(route.id)
    const grades: Partial<Record<Tier, TierGrade>> = {
      exact: gradeOf(priorOf('exact'), known?.exact ?? noEvidence),
      template: gradeOf(priorOf('template'), known?.template ?? noEvidence),
      // What a perfect match would be worth; each match has a grade of its own.
      semantic: matchGrade(known?.matches ?? [], 1, 'none'),
    }
    const { id, method, pattern, segments, seen, exemplars, lastSeenAt } = route
    return {
      id,
      method,
      pattern,
      segments,
      grades,
      seen,
      exemplars,
      templateVersion: known?.templateVersion ?? 0,
      lastSeenAt,
    }
  }

  #knowledgeOf(routeId: string): RouteKnowledge {
    let known = this.#known.get(routeId)
    if (known === undefined) {
      known = {
        exact: noEvidence,
        template: noEvidence,
        matches: [],
        templateVersion: 0,
        examples: [],
        exampleCount: 0,
      }
      this.#known.set(routeId, known)
    }
    return known
  }

  // ── between runs ───────────────────────────────────────────────────────────────────────────────────────────────────

  #save(now: boolean): void {
    const at = this.#now()
    if (!now && at - this.#savedAt < SAVE_MS) return
    this.#savedAt = at
    this.#unsaved = false
    this.#memory.putState('routes', JSON.stringify(this.#routes))
    const saved = [...this.#known].map(([id, { exact, template, matches, templateVersion }]) => [
      id,
      { exact, template, matches, templateVersion },
    ])
    this.#memory.putState('knowledge', JSON.stringify(saved))
    this.#memory.putState('lesson-version', String(this.#version))
  }

  #load(): void {
    const routes = this.#memory.state('routes')
    if (routes !== undefined) this.#routes = RouteTable.fromJSON(JSON.parse(routes))
    for (const [id, saved] of JSON.parse(this.#memory.state('knowledge') ?? '[]') as [string, SavedKnowledge][]) {
      this.#known.set(id, { ...saved, examples: this.#examplesOf(id), exampleCount: EXAMPLES_PER_ROUTE })
    }
    // A gap, so that edges which outlived the last learner take the new lessons for newer.
    this.#version = Number(this.#memory.state('lesson-version') ?? 0) + 1000
  }

  #examplesOf(routeId: string): TemplateExample[] {
    const examples: TemplateExample[] = []
    for (const exemplar of this.#memory.exemplarsOf(routeId, EXAMPLES_PER_ROUTE)) {
      if (
        !isForAll(exemplar) ||
        exemplar.status !== 200 ||
        exemplar.redactions > 0 ||
        exemplar.body.length > MAX_TEMPLATE_BYTES
      )
        continue
      const plain = decodedBody(exemplar)
      const body = plain === undefined ? undefined : jsonOf(plain, exemplar.headers)
      const params = this.#routes.match('GET', exemplar.path)?.params
      if (body !== undefined && params !== undefined)
        examples.push({
          key: exemplar.key,
          params,
          query: exemplar.query,
          status: exemplar.status,
          headers: exemplar.headers,
          body,
          capturedAt: exemplar.lastSeenAt,
        })
    }
    return examples
  }
}

function isForAll({ scope, shared }: { scope: string; shared: boolean }): boolean {
  return scope === '' || shared
}

/** Paths that Location and Content-Location name, without scheme, host and query. */
function namedPaths(headers: readonly string[]): string[] {
  const paths: string[] = []
  for (const name of ['location', 'content-location']) {
    const value = fieldOf(headers, name)
    if (value !== undefined && URL.canParse(value, 'http://same')) paths.push(new URL(value, 'http://same').pathname)
  }
  return paths
}

/** undefined: coded in a way that cannot be read; such a body is an exemplar and nothing more. */
function decodedBody({ body, headers }: { body: Uint8Array; headers: readonly string[] }): Buffer | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const limit = { maxOutputLength: MAX_PARSED_BYTES }
  try {
    switch ((fieldOf(headers, 'content-encoding') ?? '').trim().toLowerCase()) {
      case '':
      case 'identity':
        return bytes
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(bytes, limit)
      case 'deflate':
        return inflateSync(bytes, limit)
      case 'br':
        return brotliDecompressSync(bytes, limit)
      default:
        return undefined
    }
  } catch {
    return undefined
  }
}

function jsonOf(plain: Buffer, headers: readonly string[]): JsonNode | undefined {
  const type = fieldOf(headers, 'content-type')
  // Some APIs name no type, or text/plain; what begins like JSON is tried.
  if (type !== undefined && !/json|text\/plain/i.test(type)) return undefined
  const text = plain.toString('utf8')
  // Octets that are not UTF-8 would come back as others.
  return text.includes('\ufffd') ? undefined : parseJson(text)
}
