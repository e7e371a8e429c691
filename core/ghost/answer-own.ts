// thread: edge
// What a ghost says to a client whose own writes are pending: the answer of the tiers with those writes in it, or nothing where
// nobody can tell what they come to. Other clients see the old state.
import { isUtf8 } from 'node:buffer'
import { withoutBodyFields } from '../contract/body-fields.js'
import { contentCoding, decodeContent } from '../contract/content-coding.js'
import type { CreationForm } from '../contract/creation-form.js'
import { fieldOf } from '../contract/fields.js'
import type { GhostAnswer, Mode, Refusal } from '../contract/ghost.js'
import { type JsonNode, parseJson, printJson } from '../contract/json.js'
import { priorGrade } from '../contract/lesson.js'
import type { OwnWrite } from '../contract/own-write.js'
import { nameAtPath } from '../contract/places.js'
import type { MatchedRoute } from '../contract/route-match.js'
import type { RouteShows } from '../contract/route-shows.js'
import { answerGhost, type GhostResult } from './answer.js'
import { madeThing } from './made-thing.js'
import { effectOf, type OwnEffect } from './own-effects.js'
import { type Laid, layOver, memberOf, type NewRow, type RowChange, surety, withAt } from './own-rows.js'
import type { OwnPending } from './own-writes.js'
import type { GhostAsk, GhostRules, GhostSources, GhostTier } from './tier.js'

export interface OwnAsk {
  readonly ask: GhostAsk
  readonly own: OwnPending
  /** What is learned of reading at a path. */
  readonly routeOf: (path: string) => MatchedRoute | undefined
  /** How things are made by a POST there; undefined: it was not seen. */
  readonly creationAt: (path: string) => CreationForm | undefined
}

const MAX_DECODED_BYTES = 8 << 20
/** Settled before any write matters. */
const settled: ReadonlySet<Refusal> = new Set<Refusal>(['mode-off', 'unsafe-method', 'request-no-store'])
const emptyObject: JsonNode = { kind: 'object', entries: [] }

export function answerOwn(
  from: OwnAsk,
  mode: Mode,
  tiers: readonly GhostTier[],
  sources: GhostSources,
  rules: GhostRules,
): GhostResult | Promise<GhostResult> {
  const { ask, own, routeOf } = from
  const asked = { question: ask.question, path: ask.path, shows: ask.route?.shows }
  const effects = own.writes.flatMap(write => effectOf(write, asked, routeOf) ?? [])
  const said = answerGhost(ask, mode, tiers, sources, rules)
  if (effects.length === 0 && !own.isCrowded) return said
  return Promise.resolve(said).then(result => withOwn(result, effects, from, sources, rules))
}

async function withOwn(
  result: GhostResult,
  effects: readonly OwnEffect[],
  from: OwnAsk,
  sources: GhostSources,
  rules: GhostRules,
): Promise<GhostResult> {
  if (result.answer === undefined && settled.has(result.refused)) return result
  const refused = (because: Refusal): GhostResult => ({ refused: because, attempts: result.attempts })
  const given = (answer: GhostAnswer): GhostResult => {
    if (answer.lowerBound >= rules.minConfidence) return { answer, attempts: result.attempts }
    return refused(answer.pending?.isUnclear === true ? 'own-write-unclear' : 'low-confidence')
  }
  const gone = effects.findLastIndex(effect => effect.kind === 'gone' && effect.isHere)
  // What came before the thing was taken away counts no more.
  const since = effects.slice(gone + 1).filter(effect => gone < 0 || isOfThis(effect, from.ask))
  if (gone >= 0 && since.length === 0) {
    // What the route says of such was said to others.
    const absent = rules.sharing === 'own' ? undefined : await goneAnswer(from.ask, sources)
    return absent === undefined ? refused('gone') : { answer: absent, attempts: result.attempts }
  }
  if (gone >= 0 || since.some(effect => effect.kind === 'made' && effect.isHere)) {
    const made = madeHere(since, from)
    return made === undefined ? refused('own-write-unclear') : given(made)
  }
  const base = result.answer
  if (base !== undefined && base.status < 300) {
    const laid = laidOver(base, effects, from)
    if (laid !== undefined) return laid === base ? result : given(laid)
    return mayTouch(effects, from) ? given(lowered(base, unread(from), { shown: 0, isUnclear: true })) : result
  }
  const made = madeHere(effects, from)
  if (made !== undefined) return given(made)
  if (base === undefined || !mayTouch(effects, from)) return result
  return given(lowered(base, unread(from), { shown: 0, isUnclear: true }))
}

/** Is it about the one thing that is asked for? */
function isOfThis(effect: OwnEffect, { path }: GhostAsk): boolean {
  return effect.kind === 'unclear' ? effect.id === '' || effect.id === nameAtPath(path) : effect.isHere
}

/** Of an answer that cannot be looked into: may it have to show one of them? */
function mayTouch(effects: readonly OwnEffect[], { ask, own }: OwnAsk): boolean {
  const isOne = ask.route?.shows?.kind === 'one'
  const touches = (effect: OwnEffect): boolean =>
    isOfThis(effect, ask) || (!isOne && (effect.kind !== 'made' || !effect.isElsewhere))
  return own.isCrowded || effects.some(touches)
}

/** Most of what is asked at an endpoint for everything has nothing to do with what was written there. */
function unread({ ask }: OwnAsk): number {
  return ask.question.kind === 'plain' ? surety.unclear : surety.missing
}

// ── over an answer ───────────────────────────────────────────────────────────────────────────────────────────────────

/** Undefined: the writes cannot be put into this answer. */
function laidOver(base: GhostAnswer, effects: readonly OwnEffect[], from: OwnAsk): GhostAnswer | undefined {
  const { ask, own } = from
  const json = jsonIn(base)
  const shows = json === undefined ? undefined : (ask.route?.shows ?? bareThing(json, effects))
  if (json === undefined || shows === undefined) return undefined
  const changes = effects.map(effect => changeOf(effect, shows, from))
  const { total } = shows
  const field = total !== undefined && 'field' in total ? total.field : undefined
  const laid = layOver(json, changes, {
    shows,
    params: ask.params,
    query: ask.query ?? '',
    fieldTotal: field === undefined ? undefined : totalOf(fieldOf(base.headers, field)),
  })
  if (laid === undefined) return undefined
  const crowded = own.isCrowded ? surety.missing : 1
  const sure = Math.min(laid.surety, crowded)
  // Nothing of it is touched, and nothing is in doubt.
  if (laid.shown === 0 && laid.fieldDelta === 0 && sure === 1) return base
  const isUnclear = sure <= surety.missing
  return lowered(asLaid(base, json, laid, field), sure, { shown: laid.shown, isUnclear })
}

/** Where nothing is known of its route: the object itself is the thing, if it has what was written. */
function bareThing(json: JsonNode, effects: readonly OwnEffect[]): RouteShows | undefined {
  if (json.kind !== 'object' || !effects.every(effect => effect.kind !== 'made' && 'isHere' in effect && effect.isHere))
    return undefined
  const names = new Set(json.entries.map(([name]) => name))
  const fits = effects.every(({ write }) => {
    const sent = sentIn(write)
    return sent?.kind === 'object' && sent.entries.some(([name]) => names.has(name))
  })
  // No member of that name: every change is of this very thing.
  return fits ? { type: '', kind: 'one', path: [], idMember: '', inputs: [] } : undefined
}

function changeOf(effect: OwnEffect, shows: RouteShows, from: OwnAsk): RowChange | NewRow {
  const { write } = effect
  if (effect.kind === 'made') {
    const made = madeThing(write, from.creationAt(write.path), shows, from.ask.scope)
    const row = made?.kind === 'object' ? made : undefined
    return { kind: 'made', id: write.temporary?.id ?? '', row, isElsewhere: effect.isElsewhere }
  }
  const isHere = effect.kind !== 'unclear' && effect.isHere
  return {
    kind: effect.kind,
    // What is at the path that was written is the thing, however it is named in the answer.
    id: isHere && shows.kind === 'one' ? '' : effect.id,
    sent: sentIn(write),
    isMergePatch: write.isMergePatch,
  }
}

function asLaid(base: GhostAnswer, before: JsonNode, { body, fieldDelta }: Laid, field: string | undefined) {
  if (body === before && fieldDelta === 0) return base
  const headers = withoutBodyFields(base.headers)
  if (field !== undefined && fieldDelta !== 0)
    for (let i = 0; i < headers.length; i += 2)
      if (headers[i] === field)
        headers[i + 1] = headers[i + 1]!.replace(/\d+$/, digits => String(Math.max(0, Number(digits) + fieldDelta)))
  return { ...base, headers, body: Buffer.from(printJson(body)) }
}

function totalOf(field: string | undefined): number | undefined {
  const digits = /(\d{1,12})$/.exec(field ?? '')?.[1]
  return digits === undefined ? undefined : Number(digits)
}

// ── where there was none ─────────────────────────────────────────────────────────────────────────────────────────────

/** The client asks for the very thing that it made, or wrote whole, and nothing older is known of it. */
function madeHere(effects: readonly OwnEffect[], from: OwnAsk): GhostAnswer | undefined {
  const { ask } = from
  const isHere = (effect: OwnEffect): boolean => effect.kind !== 'unclear' && effect.isHere
  const made = effects.findLastIndex(effect => effect.kind === 'made' && isHere(effect))
  const begin = made >= 0 ? made : effects.findIndex(effect => isHere(effect) && effect.write.method === 'PUT')
  const first = effects[begin]
  if (first === undefined) return undefined
  const shows: RouteShows = ask.route?.shows ?? { type: '', kind: 'one', path: [], idMember: '', inputs: [] }
  if (shows.kind !== 'one') return undefined
  const form = from.creationAt(first.write.path)
  const thing =
    first.kind === 'made' ? madeThing(first.write, form, shows, ask.scope) : writtenThing(first.write, shows, ask)
  if (thing?.kind !== 'object') return undefined
  const envelope = shows.path.reduceRight<JsonNode>(
    (inner, name) => ({ kind: 'object', entries: [[name, inner]] }),
    emptyObject,
  )
  const laid = layOver(
    withAt(envelope, shows.path, thing),
    effects.slice(begin + 1).map(effect => changeOf(effect, shows, from)),
    { shows, params: ask.params, query: ask.query ?? '' },
  )
  if (laid === undefined) return undefined
  const { confidence, lowerBound } = priorGrade('exact')
  const answer: GhostAnswer = {
    tier: 'entity',
    status: 200,
    headers: ['content-type', 'application/json'],
    body: Buffer.from(printJson(laid.body)),
    confidence,
    lowerBound,
    capturedAt: first.write.acceptedAt,
    because: 'the client itself wrote it, and the API has not heard of it yet',
    redactions: 0,
  }
  // What the API adds to it nobody knows.
  const sure = Math.min(laid.surety, surety.missing)
  return lowered(answer, sure, { shown: laid.shown + 1, isUnclear: laid.surety < surety.missing })
}

/** What was written whole at a path that nothing is known of. */
function writtenThing(write: OwnWrite, shows: RouteShows, ask: GhostAsk): JsonNode | undefined {
  const sent = sentIn(write)
  if (sent?.kind !== 'object' || shows.idMember === '' || memberOf(sent, shows.idMember) !== undefined) return sent
  const id = ask.params.at(-1)
  if (id === undefined) return sent
  const node: JsonNode =
    shows.ids?.isNumber === true && /^\d{1,15}$/.test(id) ? { kind: 'number', raw: id } : { kind: 'string', value: id }
  return { kind: 'object', entries: [[shows.idMember, node], ...sent.entries] }
}

/** What this route says of what is not there any more, as it was learned. */
async function goneAnswer(ask: GhostAsk, sources: GhostSources): Promise<GhostAnswer | undefined> {
  const question = {
    method: 'GET',
    path: ask.path,
    query: ask.query ?? '',
    scope: ask.scope,
    body: '',
    contentType: '',
    gone: true,
  }
  const reply = await sources.compose(question, ask.answerBy, ask.route?.id ?? '')
  if (reply.kind === 'none' || reply.status < 400) return undefined
  // That it is gone is certain; what such an answer looks like was seen.
  const { confidence, lowerBound } = priorGrade('exact')
  return lowered(
    {
      tier: 'entity',
      status: reply.status,
      headers: reply.headers,
      body: reply.body,
      confidence,
      lowerBound,
      capturedAt: reply.capturedAt,
      because: `the client itself deleted it; ${reply.because}`,
      redactions: 0,
    },
    surety.placed,
    { shown: 1, isUnclear: false },
  )
}

// ── ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

function lowered(answer: GhostAnswer, sure: number, pending: NonNullable<GhostAnswer['pending']>): GhostAnswer {
  const { confidence, lowerBound } = answer
  return { ...answer, confidence: confidence * sure, lowerBound: lowerBound * sure, pending }
}

function sentIn({ body }: OwnWrite): JsonNode | undefined {
  return body === undefined ? undefined : parseJson(body)
}

function jsonIn({ headers, body }: GhostAnswer): JsonNode | undefined {
  const plain = decodeContent(body, contentCoding(headers), MAX_DECODED_BYTES)
  return plain === undefined || plain.length === 0 || !isUtf8(plain) ? undefined : parseJson(plain.toString())
}
