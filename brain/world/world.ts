// thread: learner
// The model of an API: its routes, the things they speak of, and what it says when there is nothing. Learns from exchanges,
// answers questions that were never asked before, and says how each answer was found, so that it can be graded.

import { withoutFieldsOfOneAnswer } from '../../core/contract/body-fields.js'
import { fieldKey, type GraphField, type GraphRequest, locationOf } from '../../core/contract/graphql-request.js'
import type { JsonNode } from '../../core/contract/json.js'
import type { RowLeaf } from '../learn/stand-ins.js'
import { Absences, type Facts } from './absences.js'
import { type Call, type CallEffect, Calls } from './calls.js'
import { circumstancesOf, situationOf } from './circumstances.js'
import { type Conventions, conventionsOf } from './conventions.js'
import { fieldsOf } from './derived-fields.js'
import {
  argumentsOf,
  canonical,
  endpointOf,
  fieldRoute,
  MAX_PROJECTED,
  type Projected,
  project,
  withName,
  withoutName,
} from './graph.js'
import { type Inputs, inputsOf, sourceOf } from './inputs.js'
import type { ListRules } from './list-rules.js'
import type { Observation, RecordWrite } from './observation.js'
import { isGlobal, isSame, Records, type RecordType, WRITE_VIEW } from './records.js'
import { idNode } from './references.js'
import { type Resolved, resolveByConvention, type Unresolved } from './resolve.js'
import { type Reading, RouteWorld, type SavedRoute } from './route-world.js'
import { rowOf } from './row.js'
import { isBorrowable } from './rule-roles.js'
import { objectSites } from './sites.js'
import { compose, noTally, RECORDS, type Tally } from './surroundings.js'
import type { Trace } from './trace.js'
import { isNull, isScalar, type JsonObject, leafCount, memberOf } from './tree.js'

/** Where a request belongs: its route, as the route table knows it. */
export interface Place {
  readonly routeId: string
  readonly pattern: string
  readonly params: readonly string[]
}

export interface Question {
  readonly path: string
  readonly query: string
  readonly scope: string
  readonly asked: JsonNode | undefined
  /** Undefined: no route is known for it. */
  readonly place: Place | undefined
  /** What it asks for was deleted, though nobody has told so. */
  readonly gone?: boolean
}

export interface WorldAnswer {
  readonly tier: 'entity' | 'query'
  readonly status: number
  readonly headers: readonly string[]
  readonly body: JsonNode
  /** The body is text, and stands in a string. */
  readonly isText?: boolean
  /** How it was found: what is graded together. */
  readonly kind: string
  readonly because: string
  readonly capturedAt: number
  /** Its similarity to the truth if all is right that it says, where it is known to say not all; undefined: 1. */
  readonly atMost?: number
}

export interface WorldRefusal {
  readonly refused: string
}

/** Fields of GraphQL are routes as well, and their names come from whoever asks. */
const MAX_ROUTES = 10_000
/** Other routes that are asked what a parameter means. */
const MAX_ASKED = 64
/** So many answers without a new route. */
const SETTLED = 100

export class World {
  readonly #records = new Records()
  readonly #routes = new Map<string, RouteWorld>()
  readonly #absences = new Absences()
  readonly #calls = new Calls(this.#records, () => this.#routes.values())
  #learned = 0
  #routeFoundAt = 0
  #conventionsOf: { routes: number; learned: number; conventions: Conventions } | undefined

  get types(): readonly RecordType[] {
    return this.#records.types
  }

  route(id: string): RouteWorld | undefined {
    return this.#routes.get(id)
  }

  // ── between runs ───────────────────────────────────────────────────────────────────────────────────────────────────

  get records(): Records {
    return this.#records
  }

  get absences(): Absences {
    return this.#absences
  }

  routes(): Iterable<RouteWorld> {
    return this.#routes.values()
  }

  /** A route as it was written down. */
  restoreRoute(saved: SavedRoute): void {
    const { id, pattern, sparse } = saved
    this.#routeFor({ routeId: id, pattern, params: [] }, sparse).restore(saved, uid =>
      this.#records.types.find(type => type.uid === uid),
    )
  }

  // ── learn ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A good answer. */
  learn(place: Place, observation: Observation, sparse = false): void {
    if (!this.#routes.has(place.routeId) && this.#routes.size >= MAX_ROUTES) return
    const here = this.#routeFor(place, sparse)
    this.#learned += 1
    here.observe(observation, () => this.#relatedType(here))
    this.#absences.present(observation.scope)
  }

  #routeFor({ routeId, pattern }: Place, sparse: boolean): RouteWorld {
    let route = this.#routes.get(routeId)
    if (route !== undefined) return route
    route = new RouteWorld(routeId, pattern, this.#records, () => this.#conventions(), sparse)
    route.onMerge = (from, into) => {
      for (const other of this.#routes.values()) if (other.type === from) other.type = into
    }
    this.#routes.set(routeId, route)
    this.#routeFoundAt = this.#learned
    return route
  }

  /** A good answer that was learned in an earlier run: notes what it shows, so that writes find it. */
  show(place: Place, observation: Observation & { readonly key: string }): void {
    this.#routes.get(place.routeId)?.show(observation)
  }

  /** A good answer to a GraphQL query of an earlier run: notes what it shows. */
  showGraph(path: string, request: GraphRequest, answer: JsonNode, of: GraphTold & { readonly key: string }): void {
    const data = memberOf(answer, 'data')
    for (const field of request.fields) {
      const value = memberOf(data, field.alias)
      const { place, asked } = graphQuestion(path, field, of.scope)
      if (value === undefined) continue
      if (isNull(value)) this.#showNothing(place!, asked, of)
      else this.show(place!, { ...graphObservation(field, asked, value, of), key: of.key })
    }
  }

  /** There is no such record: when it is made, this answer is another. */
  #showNothing({ routeId }: Place, asked: JsonNode | undefined, { key }: GraphTold): void {
    const route = this.#routes.get(routeId)
    const inputs = inputsOf([], '', asked)
    const id = route === undefined || inputs === undefined ? undefined : route.nameIn(inputs)
    if (route?.type !== undefined && id !== undefined && key !== undefined)
      this.#records.showings.note(route.type, id, key)
  }

  /** A good answer to a GraphQL query: each of its root fields is learned as a route. */
  learnGraph(path: string, request: GraphRequest, answer: JsonNode, of: GraphTold): void {
    const data = memberOf(answer, 'data')
    const errors = memberOf(answer, 'errors')
    if (errors !== undefined && !isNull(errors)) {
      const [field] = request.fields
      if (field === undefined || request.fields.length > 1) return
      const question = graphQuestion(path, field, of.scope)
      this.#absences.learn(
        question,
        this.#facts(question),
        of.status,
        of.headers,
        withoutName(answer, { alias: field.alias, at: locationOf(request, field.alias) }),
        of.at,
      )
      return
    }
    if (data?.kind !== 'object') return
    for (const field of request.fields) {
      const value = memberOf(data, field.alias)
      const { place, asked } = graphQuestion(path, field, of.scope)
      if (isNull(value)) this.#showNothing(place!, asked, of)
      if (value === undefined || isNull(value)) continue
      this.learn(place!, graphObservation(field, asked, value, of), true)
    }
  }

  /** `certainty` comes from what is selected, not from all that is known. */
  answerGraph(
    path: string,
    request: GraphRequest,
    scope: string,
    isHeldBack = false,
    trace?: Trace,
  ): WorldAnswer | WorldRefusal {
    const entries: (readonly [string, JsonNode])[] = []
    const counts: Projected = { known: 0, missing: 0 }
    let kind = ''
    let capturedAt = 0
    let headers: readonly string[] = []
    const because: string[] = []
    for (const field of request.fields) {
      const question = graphQuestion(path, field, scope)
      const beside = this.#besideRecords(question, field.selection)
      const isTold = field.selection?.every(of => memberOf(beside?.body, fieldKey(of)) !== undefined) === true
      const whole = beside !== undefined && isTold ? beside : this.#wholeGraph(question, isHeldBack, trace)
      trace?.note(`put ${field.name} together`, 'refused' in whole ? whole.refused : whole.because)
      if ('refused' in whole) {
        if (request.fields.length > 1) return whole
        const absent = this.#absences.answer(question, this.#facts(question))
        return absent === undefined ? whole : asked(absent, request, field)
      }
      entries.push([
        field.alias,
        project(
          field.selection,
          whole.body,
          thing => this.#everythingOf(thing, scope),
          counts,
          (thing, of) => this.#usualLeaves(thing, of, scope),
        ),
      ])
      because.push(whole.because)
      kind = kind === '' || kind === whole.kind ? whole.kind : `${kind} and ${whole.kind}`
      capturedAt = Math.max(capturedAt, whole.capturedAt)
      headers = whole.headers
    }
    if (entries.length === 0) return { refused: 'nothing is asked for' }
    if (counts.known > MAX_PROJECTED) return { refused: 'too much is asked for' }
    // F1 over leaves, the status being one, if all that is known is right.
    const similarity = (2 * (counts.known + 1)) / (2 * (counts.known + 1) + counts.missing)
    if (similarity < 0.5) return { refused: 'too few of the fields that are asked for were ever seen' }
    return {
      tier: kind.startsWith('record') ? 'entity' : 'query',
      status: 200,
      headers,
      body: { kind: 'object', entries: [['data', { kind: 'object', entries }]] },
      // How much of it is there is known; how right that is, is graded whatever it is.
      kind: `${kind.split(' ').slice(0, -1).join(' ')} ${counts.missing === 0 ? 'whole' : 'part'} of a graph`,
      ...(counts.missing === 0 ? {} : { atMost: similarity }),
      because: because.join('; '),
      capturedAt,
    }
  }

  #wholeGraph(question: Question, isHeldBack: boolean, trace: Trace | undefined): WorldAnswer | WorldRefusal {
    const route = this.#routes.get(question.place!.routeId)
    const inputs = inputsOf([], '', question.asked)
    if (route === undefined || inputs === undefined) return { refused: 'this field was never asked for' }
    const resolved = route.resolve(
      inputs,
      question.scope,
      isHeldBack ? sourceOf(question.path, '', question.asked) : '',
    )
    noteResolved(trace, resolved)
    if ('rows' in resolved) return this.#compose(route, question, inputs, resolved, true)
    // Not about records: what it gave before, whatever was selected then.
    if (resolved.unknown !== 'no-records') return { refused: resolved.because }
    const around = route.plainAnswer(inputs, question.scope, route.doubtedAt(question.scope))
    return around === undefined
      ? { refused: resolved.because }
      : {
          tier: 'query',
          status: 200,
          headers: withoutFieldsOfOneAnswer(around.headers),
          body: around.body,
          kind: 'plain whole',
          because: 'the same field, with the same arguments',
          capturedAt: around.at,
        }
  }

  /**
   * `{ films { total } }`: what stands around the records of a list, of which none is asked for, needs none of them to be known,
   * as far as it is the same on all pages.
   */
  #besideRecords(
    { place, asked: args, scope, path }: Question,
    selection: readonly GraphField[] | undefined,
  ): WorldAnswer | undefined {
    const route = this.#routes.get(place!.routeId)
    const inputs = inputsOf([], '', args)
    if (route?.site?.kind !== 'many' || route.site.path.length === 0 || inputs === undefined) return undefined
    if (selection === undefined || selection.some(field => field.selection !== undefined)) return undefined
    const list = route.lists.find(inputs, scope) ?? route.lists.find(inputs, '')
    const around = list === undefined ? undefined : route.surroundings(inputs, scope)
    if (list?.list.total === undefined || around === undefined) return undefined
    const page = { columns: [], rows: [], n: undefined, slice: undefined, total: undefined }
    const { values, ...of } = circumstancesOf(path, '', inputs, page)
    const circumstances = { ...of, values: new Map([...values, ['total', String(list.list.total)]]) }
    const body = compose(around.body, circumstances, noTally())
    if (body === undefined) return undefined
    return {
      tier: 'query',
      status: 200,
      headers: fieldsOf(compose(around.fields, circumstances, noTally())),
      body,
      kind: 'beside whole',
      because: 'what stands around the records of this list, whichever page is shown',
      capturedAt: route.observations.at(-1)?.at ?? 0,
    }
  }

  /** What stands beside the records of an answer, had nothing else been asked for, and what is known of that without it. */
  besideGraph(
    path: string,
    request: GraphRequest,
    scope: string,
    answer: JsonNode,
  ): { said: WorldAnswer; truth: JsonNode } | undefined {
    const [field] = request.fields
    const value = field === undefined ? undefined : memberOf(memberOf(answer, 'data'), field.alias)
    const leaves = field?.selection?.filter(of => of.selection === undefined) ?? []
    if (field === undefined || request.fields.length > 1 || value?.kind !== 'object') return undefined
    const whole = this.#besideRecords(graphQuestion(path, field, scope), leaves)
    const told = leaves.filter(of => memberOf(whole?.body, fieldKey(of)) !== undefined)
    if (whole === undefined || told.length === 0) return undefined
    return {
      said: {
        ...whole,
        body: project(told, whole.body, thing => thing, { known: 0, missing: 0 }),
        kind: 'beside whole of a graph',
      },
      truth: { kind: 'object', entries: value.entries.filter(([name]) => told.some(({ alias }) => alias === name)) },
    }
  }

  /** Of a field of a thing of which it was never seen: how many leaves it has elsewhere; undefined: it is not known. */
  #usualLeaves(thing: JsonNode, field: GraphField, scope: string): number | undefined {
    const id = memberOf(thing, 'id')
    const type = id?.kind === 'string' && isGlobal(id.value) ? this.#records.holder(scope, id.value) : undefined
    const counts: Projected = { known: 0, missing: 0 }
    let seen = 0
    let looked = 0
    const name = fieldKey(field)
    for (const record of type?.known(scope) ?? []) {
      if (++looked > USUAL_AMONG) break
      const node = record.members.get(name)
      if (node === undefined) continue
      project(field.selection, node, of => of, counts)
      if (++seen >= USUAL_OF) break
    }
    return seen === 0 ? undefined : (counts.known + counts.missing) / seen
  }

  /** A thing within an answer, with all that is known of it. */
  #everythingOf(thing: JsonNode, scope: string): JsonNode {
    if (thing.kind !== 'object') return thing
    const id = memberOf(thing, 'id')
    if (id?.kind !== 'string' || !isGlobal(id.value)) return thing
    const record = this.#records.holder(scope, id.value)?.find(scope, id.value)
    if (record === undefined) return thing
    const entries = new Map(thing.entries)
    for (const [name, node] of rowOf(record).entries) if (!entries.has(name)) entries.set(name, node)
    return { kind: 'object', entries: [...entries] }
  }

  /** An answer that says no: there is none, or not for you. */
  learnAbsence(
    question: Question,
    status: number,
    headers: readonly string[],
    body: JsonNode | undefined,
    at: number,
    isText = false,
  ): void {
    this.#absences.learn(question, this.#facts(question), status, headers, body, at, isText)
  }

  /** `from` became part of `to`: what was seen of it is seen again there. */
  move(from: string, to: Place, paramsOf: (path: string) => readonly string[] | undefined): void {
    const old = this.#routes.get(from)
    if (old === undefined) return
    this.#routes.delete(from)
    for (const observation of old.observations) {
      const params = paramsOf(observation.path)
      if (params !== undefined) this.learn(to, { ...observation, params })
    }
  }

  /** What was seen under `from` at paths that have parameters there is of `to`. */
  split(from: string, to: Place, paramsOf: (path: string) => readonly string[] | undefined): void {
    const given = this.#routes.get(from)?.giveUp(path => paramsOf(path) !== undefined) ?? []
    for (const observation of given) this.learn(to, { ...observation, params: paramsOf(observation.path)! })
  }

  /** Other parameters than before change nothing on this route. */
  reread(routeId: string, reading: Reading): void {
    const route = this.#routes.get(routeId)
    route?.reread(reading, () => this.#relatedType(route))
  }

  /** A route whose path is this one with or without its last parameter speaks of the same things. */
  #relatedType(route: RouteWorld): RecordType | undefined {
    const own = route.pattern
    for (const other of this.#routes.values()) {
      if (other === route || other.type === undefined) continue
      if (isCollectionOf(other.pattern, own) || isCollectionOf(own, other.pattern)) return other.type
    }
    return undefined
  }

  /** What parameters mean on other routes. */
  #conventions(): Conventions {
    if (this.#conventionsOf?.routes !== this.#routes.size || this.#conventionsOf.learned !== this.#learned >> 6)
      this.#conventionsOf = {
        routes: this.#routes.size,
        learned: this.#learned >> 6,
        conventions: conventionsOf([...this.#routes.values()].map(({ rules }) => rules)),
      }
    return this.#conventionsOf.conventions
  }

  /**
   * A write that went through, with what it said. `made`: the place that the answer names (Location). Keys of exemplars that
   * show what was touched: the record, wherever it stands, and lists that it came into or left.
   */
  learnWrite(method: string, place: Place | undefined, observation: Observation, made?: Place): readonly string[] {
    const target = this.#targetOf(method, place, observation, made)
    if (target === undefined) return method === 'POST' ? this.#learnNameless(place, observation) : []
    const { type, id, said, isAnswered } = target
    const { scope, at } = observation
    const owner = type.scopes.get(scope)?.has(id) || !type.scopes.get('')?.has(id) ? scope : ''
    const known = type.find(owner, id)
    const before = known === undefined || known.goneAt > 0 ? undefined : rowOf(known)
    const keys = new Set(type.idMember === undefined ? [] : this.#records.showings.take(type, id))
    const tell = (kind: RecordWrite['kind'], after: JsonObject | undefined): string[] => {
      const write = { type, scope: owner, before, after, id, at, kind }
      for (const route of this.#routes.values()) for (const key of route.applyWrite(write)) keys.add(key)
      return [...keys]
    }
    // What others were shown of it they may be shown in another way, and this answer is not theirs.
    for (const [other, records] of type.scopes) {
      const theirs = other === owner ? undefined : records.get(id)
      if (theirs !== undefined && (known === undefined || isSame(theirs, known, type.idMember)))
        type.doubt(other, theirs, at)
    }
    if (method === 'DELETE') {
      const gone = known ?? type.take(owner, id, { kind: 'object', entries: [] }, WRITE_VIEW, at)
      type.bury(owner, gone, at)
      if (before !== undefined && type.total !== undefined) type.total = Math.max(0, type.total - 1)
      return tell('gone', undefined)
    }
    if (said === undefined) {
      if (known !== undefined) type.doubt(owner, known, at)
      return tell('unsure', undefined)
    }
    // What was sent says nothing of what the server adds to it, a time of change for one.
    const after = type.take(owner, id, withIdentifier(type, said, id), WRITE_VIEW, at)
    if (method === 'PUT') type.replace(owner, after, said, at)
    const isMade = before === undefined && (method === 'POST' || observation.status === 201)
    if (isMade && type.total !== undefined) type.total += 1
    return tell(isMade ? 'made' : isAnswered || before !== undefined ? 'changed' : 'unsure', rowOf(after))
  }

  /** Something was made, and nobody said how it is named. */
  #learnNameless(place: Place | undefined, { scope, at, asked, params, query }: Observation): readonly string[] {
    const route = place === undefined ? undefined : this.#routes.get(place.routeId)
    const type = route?.type
    if (route === undefined || type === undefined || nameAt(route, { ...place!, params }, query) !== undefined)
      return []
    if (type.total !== undefined) type.total += 1
    type.unnamed += 1
    const after = asked?.kind === 'object' ? asked : undefined
    const write = { type, scope, id: '', at, before: undefined, after, kind: 'nameless' } as const
    return [...this.#routes.values()].flatMap(other => other.applyWrite(write))
  }

  /** The record that a write touches, and what was said of it; undefined: nothing that is known. */
  #targetOf(method: string, place: Place | undefined, observation: Observation, made: Place | undefined) {
    const { body, asked, query } = observation
    const route = place === undefined ? undefined : this.#routes.get(place.routeId)
    const type = route?.type
    if (route === undefined || type === undefined) return undefined
    const named = nameAt(route, place!, query)
    const answered = recordIn(body, type, named)
    const madeRoute = made === undefined ? undefined : this.#routes.get(made.routeId)
    const madeId = madeRoute?.type === type && method === 'POST' ? nameAt(madeRoute, made!, '') : undefined
    const id = named ?? (answered === undefined ? madeId : type.idOf(answered)!)
    if (id === undefined) return undefined
    // A list of changes (RFC 6902) is no record, and what is posted to a record is none either.
    const sent = asked?.kind === 'object' && !(method === 'POST' && named !== undefined) ? asked : undefined
    const said =
      answered ?? (sent === undefined || method !== 'PATCH' ? sent : patched(type, observation.scope, id, sent))
    return { type, id, said, isAnswered: answered !== undefined }
  }

  /** A call went through, and no path says what it touched. `subject`: where the record is read that it was made below. */
  learnCall(call: Omit<Call, 'subject'>, subject: Place | undefined): CallEffect {
    const route = subject === undefined ? undefined : this.#routes.get(subject.routeId)
    const id = route === undefined ? undefined : nameAt(route, subject!, '')
    const type = route?.type
    const isKnown = type !== undefined && id !== undefined && type.find(call.scope, id) !== undefined
    return this.#calls.learn({ ...call, subject: isKnown ? { type, id } : undefined })
  }

  /**
   * Something was written at an endpoint, and nothing that is known was named or shown. `isOfEndpoint`: does a route with this
   * pattern ask there?
   */
  doubtEndpoint(isOfEndpoint: (pattern: string) => boolean, scope: string, at: number): void {
    for (const route of this.#routes.values())
      if (isOfEndpoint(endpointOf(route.id) ?? route.pattern)) route.doubt(scope, at)
  }

  // ── answer ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** See {@link Absences.kindsNowhere}. */
  kindsNowhere(): ReadonlySet<string> {
    return this.#absences.kindsNowhere()
  }

  /** `isHeldBack`: from everything but what this very question was answered with. */
  answer(question: Question, isHeldBack = false, trace?: Trace): WorldAnswer | WorldRefusal {
    const { place, scope } = question
    const route = place === undefined ? undefined : this.#routes.get(place.routeId)
    const inputs = place === undefined ? undefined : inputsOf(place.params, question.query, question.asked)
    const refusals: string[] = []
    const denied = this.#absences.denial(question, this.#facts(question))
    trace?.note('is who asks let in', denied === undefined ? '' : denied.because)
    if (denied !== undefined) return denied
    if (question.gone === true)
      return (
        this.#absences.answer(question, this.#facts(question)) ?? {
          refused: 'it was never seen what is said of one that is gone',
        }
      )
    if (route !== undefined && inputs !== undefined) {
      const resolved = route.resolve(
        inputs,
        scope,
        isHeldBack ? sourceOf(question.path, question.query, question.asked) : '',
      )
      noteResolved(trace, resolved)
      if ('rows' in resolved) {
        const composed = this.#compose(route, question, inputs, resolved)
        trace?.note('put the answer together', 'status' in composed ? composed.kind : composed.refused)
        if ('status' in composed) return composed
        // It is there, whatever is said of what is not known.
        if (resolved.isNameAlone === true) return composed
        refusals.push(composed.refused)
      } else refusals.push(resolved.because)
    } else refusals.push('no route is known')
    const absent = this.#absences.answer(question, this.#facts(question), isHeldBack)
    trace?.note('is it known not to be there', absent?.because ?? 'no such case was seen')
    return absent ?? { refused: refusals.join('; ') }
  }

  /**
   * What the answer would be had its route never been asked with one of its parameters, and only others told what that means.
   * Undefined: there is none of which they do.
   */
  answerByConvention(question: Question): WorldAnswer | undefined {
    const { place, path, query, asked: body, scope } = question
    const route = place === undefined ? undefined : this.#routes.get(place.routeId)
    const inputs = place === undefined ? undefined : inputsOf(place.params, query, body)
    if (route?.type === undefined || inputs === undefined || route.nameIn(inputs) !== undefined) return undefined
    const borrowed = [...inputs.keys()].filter(name => !name.startsWith('/') && isBorrowable(route.rules, name))
    if (borrowed.length === 0) return undefined
    const conventions = conventionsOf(this.#rulesOfOthers(route))
    for (const input of borrowed) {
      const held = sourceOf(path, query, body)
      const resolved = resolveByConvention(route, route.type, inputs, scope, held, input, conventions)
      const composed = resolved === undefined ? undefined : this.#compose(route, question, inputs, resolved)
      if (composed !== undefined && 'status' in composed) return composed
    }
    return undefined
  }

  #rulesOfOthers(route: RouteWorld): ListRules[] {
    const rules: ListRules[] = []
    for (const other of this.#routes.values()) {
      if (other !== route && other.rules.evidence > 0) rules.push(other.rules)
      if (rules.length >= MAX_ASKED) break
    }
    return rules
  }

  /** What other routes say to such a question, as if this one had never been asked for what is not there. */
  siblingAnswer(question: Question): WorldAnswer | undefined {
    return this.#absences.siblingAnswer(question, this.#facts(question))
  }

  siblingGraph(path: string, request: GraphRequest, scope: string): WorldAnswer | undefined {
    const [field] = request.fields
    if (field === undefined || request.fields.length > 1) return undefined
    const absent = this.siblingAnswer(graphQuestion(path, field, scope))
    return absent === undefined ? undefined : asked(absent, request, field)
  }

  #facts(question: Question): Facts {
    const { place, scope } = question
    const route = place === undefined ? undefined : this.#routes.get(place.routeId)
    const inputs = place === undefined ? undefined : inputsOf(place.params, question.query, question.asked)
    const id = route === undefined || inputs === undefined ? undefined : route.nameIn(inputs)
    return {
      type: route?.type,
      id,
      routeScopes: route?.scopes,
      scope,
      inputs,
      words: route === undefined || inputs === undefined ? new Map() : route.wordsFor(inputs),
      isSettled: this.#learned - this.#routeFoundAt >= SETTLED,
    }
  }

  /** `everything`: all that is known of each record, not what this route shows of it. */
  #compose(
    route: RouteWorld,
    question: Question,
    inputs: Inputs,
    resolved: Resolved,
    everything = false,
  ): WorldAnswer | WorldRefusal {
    const type = route.type!
    const around = route.surroundings(inputs, question.scope)
    if (around === undefined) return { refused: 'no answer of this form was seen' }
    const { site } = around
    const rows: JsonObject[] = []
    /** Leaves that should be there, and those that are. */
    let wanted = 0
    let shown = 0
    let capturedAt = 0
    const viewKey = `${route.id} ${route.variantOf(inputs)}`
    const names = everything
      ? [...type.names].map(name => [name, false] as const)
      : this.#namesShown(route, type, viewKey, inputs)
    const fresh = everything ? undefined : route.freshMembers(viewKey)
    const shownOnly = route.projectionOf(inputs)
    const leaves = fresh?.leaves.filter(({ path }) => shownOnly?.has(path[0]!) !== false) ?? []
    const freshNames = new Set(leaves.flatMap(({ path }) => (path.length === 1 ? path : [])))
    const read = type.reader(
      viewKey,
      names.map(([name]) => name),
    )
    for (const record of resolved.rows) {
      if (record === undefined) continue
      const entries: (readonly [string, JsonNode])[] = []
      const nodes = read(record)
      for (let i = 0; i < names.length; i++) {
        const [name, always] = names[i]!
        if (freshNames.has(name)) continue
        const shownNode = nodes[i]
        const node =
          shownNode === undefined || isScalar(shownNode) || everything
            ? shownNode
            : route.renewed(record, name, viewKey, shownNode, question.scope)
        if (node !== undefined) {
          entries.push([name, node])
          const leaves = leafCount(node)
          shown += leaves
          wanted += leaves
          continue
        }
        const derived = everything ? undefined : route.derivedMember(record, name, viewKey, question.scope)
        if (derived !== undefined) {
          entries.push([name, derived.node])
          const leaves = leafCount(derived.node)
          shown += leaves
          wanted += leaves / Math.max(0.05, derived.certainty)
        } else if (always) wanted += 1
      }
      for (const { node } of leaves) {
        wanted += 1
        if (node !== undefined) shown += 1
      }
      rows.push({ kind: 'object', entries: fresh === undefined ? entries : withLeaves(entries, leaves, fresh.order) })
      capturedAt = Math.max(capturedAt, record.seenAt)
    }
    // Answers from before and after a write of which nothing is known are graded apart; lists from before are gone.
    const writtenAt = route.doubtedAt(question.scope)
    const isBefore =
      writtenAt > 0 &&
      (rows.length === 0
        ? !resolved.kind.startsWith('list')
        : resolved.rows.some(record => record !== undefined && record.seenAt <= writtenAt))
    const tally = noTally()
    const { start, limit, total } = resolved
    const circumstances = circumstancesOf(question.path, question.query, inputs, {
      columns: names.map(([name]) => name),
      rows,
      n: site.kind === 'one' ? undefined : resolved.rows.length,
      slice: site.kind === 'one' ? undefined : { start, limit },
      total,
    })
    const body = compose(around.body, circumstances, tally)
    if (body === undefined) return { refused: 'what stands around the records is not known' }
    const filled = put(body, printed(rows, site.kind, names))
    if (filled === undefined) return { refused: 'the place of the records is not known' }
    // Fields that cannot be told are left out; the body is as good without them.
    const fieldTally = noTally()
    const fields = compose(around.fields, circumstances, fieldTally)
    const certainty = expectedSimilarity(resolved, shown, wanted, tally)
    const isPlain = around.body.kind === 'constant' && fieldTally.known + fieldTally.missing <= 1
    const exact =
      resolved.exact &&
      (type.views.has(viewKey) || route.projectionOf(inputs) !== undefined) &&
      shown === wanted &&
      tally.missing === 0 &&
      fieldTally.missing === 0 &&
      tally.guessed + fieldTally.guessed === 0 &&
      (isPlain || site.kind === 'one' || around.situations.has(situationOf(circumstances)))
    if (certainty < 0.5) return { refused: `${resolved.because}; too little of it is known` }
    const isPart = resolved.isNameAlone === true
    return {
      tier: site.kind === 'one' ? 'entity' : 'query',
      status: 200,
      headers: fieldsOf(fields),
      body: filled,
      kind: `${resolved.kind}${isBefore ? ' before a write' : ''} ${isPart ? 'part' : bucket(exact ? certainty : Math.min(certainty, GUESSED))}`,
      ...(isPart ? { atMost: certainty } : {}),
      because: resolved.because,
      capturedAt: isPart ? (route.observations.at(-1)?.at ?? 0) : capturedAt,
    }
  }

  /** Members that this view shows, in order, and whether every record had them. */
  #namesShown(route: RouteWorld, type: RecordType, viewKey: string, inputs: Inputs): (readonly [string, boolean])[] {
    const wanted = route.projectionOf(inputs)
    const view = type.views.get(viewKey)
    const names =
      view === undefined
        ? [...type.names].map(name => [name, 1] as const)
        : [...view.members].map(([name, { shown }]) => [name, shown] as const)
    const records = view?.records ?? 1
    if (wanted !== undefined) {
      const all = new Set([...type.names])
      return [...all].filter(name => wanted.has(name) || name === type.idMember).map(name => [name, true] as const)
    }
    // What only a few records had is shown for those that are known to have it, and only where it is no rare exception.
    return names
      .filter(([, count]) => count >= records * 0.3)
      .map(([name, count]) => [name, count >= records * 0.95] as const)
  }
}

/** An answer of errors as this query is told it. */
function asked(absent: WorldAnswer, request: GraphRequest, { alias }: GraphField): WorldAnswer {
  return { ...absent, body: withName(absent.body, { alias, at: locationOf(request, alias) }) }
}

/** A record's members with what is new each time among them. */
function withLeaves(
  entries: readonly (readonly [string, JsonNode])[],
  leaves: readonly RowLeaf[],
  order: readonly string[],
): readonly (readonly [string, JsonNode])[] {
  let row: JsonNode = { kind: 'object', entries }
  for (const { path, node } of leaves) if (node !== undefined) row = withMember(row, path, node)
  const places = new Map(order.map((name, i) => [name, i]))
  const placeOf = (name: string): number => places.get(name) ?? order.length
  return [...(row as JsonObject).entries].sort(([a], [b]) => placeOf(a) - placeOf(b))
}

function withMember(node: JsonNode, [name, ...rest]: readonly string[], leaf: JsonNode): JsonNode {
  if (node.kind !== 'object' || name === undefined) return node
  if (rest.length === 0) return { kind: 'object', entries: [...node.entries, [name, leaf]] }
  const entries = node.entries.map(
    ([own, child]) => [own, own === name ? withMember(child, rest, leaf) : child] as const,
  )
  return { kind: 'object', entries }
}

function nameAt(route: RouteWorld, { params }: Place, query: string): string | undefined {
  const inputs = inputsOf(params, query)
  return inputs === undefined ? undefined : route.nameIn(inputs)
}

/** The record that an answer to a write shows: by its identifier, or where none is named one that looks like its like. */
function recordIn(body: JsonNode, type: RecordType, named: string | undefined): JsonObject | undefined {
  for (const { object } of objectSites(body)) {
    const id = type.idOf(object)
    if (id === undefined || (named !== undefined && id !== named)) continue
    const alike = object.entries.filter(([name]) => type.names.has(name)).length
    if (alike * 2 >= object.entries.length) return object
  }
  return undefined
}

/** What was sent to a record most often does not repeat how it is named; it is written as those of its like. */
function withIdentifier(type: RecordType, said: JsonObject, id: string): JsonObject {
  const { idMember } = type
  const node = idMember === undefined || memberOf(said, idMember) !== undefined ? undefined : idNode(type, id)
  return node === undefined ? said : { kind: 'object', entries: [[idMember!, node], ...said.entries] }
}

/** RFC 7396: members of objects one by one, and null takes one away. Other PATCHes say as much in the same way. */
function patched(type: RecordType, scope: string, id: string, patch: JsonObject): JsonObject {
  const merge = (old: JsonNode | undefined, next: JsonNode): JsonNode => {
    if (next.kind !== 'object' || old?.kind !== 'object') return next
    const entries = new Map(old.entries)
    for (const [name, node] of next.entries)
      if (isNull(node)) entries.delete(name)
      else entries.set(name, merge(entries.get(name), node))
    return { kind: 'object', entries: [...entries] }
  }
  const record = type.find(scope, id)
  return {
    kind: 'object',
    entries: patch.entries.map(([name, node]) => [name, merge(record?.members.get(name), node)] as const),
  }
}

/** Things that are looked at for how large a field of theirs is. */
const USUAL_OF = 8
/** Of such things, those that do not have it. */
const USUAL_AMONG = 200

/** What an answer to a GraphQL query was besides its data. */
export interface GraphTold {
  readonly key?: string
  readonly scope: string
  readonly at: number
  readonly status: number
  readonly headers: readonly string[]
}

function graphObservation(
  field: GraphField,
  asked: JsonNode | undefined,
  value: JsonNode,
  of: GraphTold,
): Observation & GraphTold {
  return { path: field.name, query: '', params: [], asked, ...of, body: canonical(field.selection, value) }
}

function noteResolved(trace: Trace | undefined, resolved: Resolved | Unresolved): void {
  if (trace === undefined) return
  if ('rows' in resolved) trace.completeness = resolved.completeness
  trace.note('find the records', resolved.because)
}

export function graphQuestion(path: string, field: GraphField, scope: string): Question {
  const route = fieldRoute(path, field)
  return {
    path: field.name,
    query: '',
    scope,
    asked: argumentsOf(field),
    place: { routeId: route, pattern: route, params: [] },
  }
}

/** What rests on a guess is never called whole. */
const GUESSED = 0.99

/**
 * How near the answer should be to the truth, as far as can be told beforehand: F1 over leaves, the status being one. `shown`,
 * `wanted`: leaves of records that are there, and that should be.
 */
function expectedSimilarity(resolved: Resolved, shown: number, wanted: number, { known, missing }: Tally): number {
  const { rows, completeness, isFull } = resolved
  // No rows at all: as sure as it is that none is missing.
  if (rows.length === 0) return Math.min(completeness, (2 * (known + 1)) / (2 * (known + 1) + missing))
  const share = Math.max(0.05, completeness)
  const right = (isFull === true ? shown * share : shown) + known + 1
  const said = shown + known + 1
  const truth = (isFull === true ? wanted : wanted / share) + known + missing + 1
  return (2 * right) / (said + truth)
}

function bucket(certainty: number): string {
  if (certainty > 0.995) return 'whole'
  if (certainty > 0.9) return 'nearly'
  return certainty > 0.75 ? 'mostly' : certainty > 0.625 ? 'partly' : 'barely'
}

/** Rows as the site shows them. */
function printed(
  rows: readonly JsonObject[],
  kind: 'many' | 'table' | 'one',
  names: readonly (readonly [string, boolean])[],
): JsonNode | undefined {
  if (kind === 'one') return rows[0]
  if (kind === 'many') return { kind: 'array', items: rows }
  return {
    kind: 'array',
    items: rows.map(row => ({
      kind: 'array',
      items: names.map(
        ([name]) => row.entries.find(([own]) => own === name)?.[1] ?? ({ kind: 'literal', raw: 'null' } as const),
      ),
    })),
  }
}

function put(body: JsonNode, records: JsonNode | undefined): JsonNode | undefined {
  if (records === undefined) return undefined
  let placed = false
  const walk = (node: JsonNode): JsonNode => {
    if (node.kind === 'string' && node.value === RECORDS) {
      placed = true
      return records
    }
    if (node.kind === 'object')
      return { kind: 'object', entries: node.entries.map(([name, child]) => [name, walk(child)] as const) }
    return node
  }
  const filled = walk(body)
  return placed ? filled : undefined
}

/** `/users` is the collection of `/users/{id}`. */
function isCollectionOf(collection: string, member: string): boolean {
  const plain = collection.replace(/\.[a-z]{2,7}$/, '')
  return member.startsWith(`${plain}/{`) && !member.slice(plain.length + 1).includes('/')
}
