// thread: learner
// What the answers of each route always have, and of which types that is: fields that are gone, and types that have changed. That
// some records lack a field is nothing strange; it is where the same request was answered with it before, or where all answers
// lack it from one moment on.
import type { AnomalyExample, AnomalySignal } from '../../../core/contract/anomalies.js'
import type { JsonNode } from '../../../core/contract/json.js'
import { told } from './example.js'
import { type FieldTypes, fieldsOf } from './json-fields.js'
import { NOVEL_CHANCE, Novelty, type SavedNovelty } from './novelty.js'
import { strengthOf } from './request-shapes.js'

const MAX_ROUTES = 300
const MAX_FIELDS = 200
const MIN_ANSWERS = 60
/** Requests that were answered otherwise before. */
const MIN_TURNED = 3
/** Or so many of the plainest requests, nearly all of them. */
const MIN_PLAIN = 15
const PLAIN_SHARE = 0.8

interface Drift {
  readonly novelty: Novelty
  turned: number
  plain: number
  plainHits: number
}

interface Field {
  /** Answers that could have had it. */
  seen: number
  types: string[]
  /** By what is strange about it: `gone`, or the name of a type. */
  readonly drifts: Map<string, Drift>
}

export interface SavedField {
  readonly seen: number
  readonly types: readonly string[]
  readonly drifts: readonly (readonly [string, SavedNovelty & { turned: number; plain: number; plainHits: number }])[]
}
export interface SavedAnswers {
  readonly answers: number
  readonly fields: readonly (readonly [string, SavedField])[]
  /** Fields that some answers lack. */
  readonly optional: readonly string[]
}
export type SavedAnswerShapes = readonly (readonly [string, SavedAnswers])[]

interface Answers {
  answers: number
  readonly fields: Map<string, Field>
  readonly optional: Set<string>
}

export interface ObservedAnswer {
  readonly json: JsonNode
  /** No query chooses what it shows. */
  readonly isPlain: boolean
  /** What the same request was answered before; read only where something is strange. */
  readonly before: () => JsonNode | undefined
}

export class AnswerShapes {
  readonly #routes = new Map<string, Answers>()

  constructor(saved: SavedAnswerShapes = []) {
    for (const [route, { answers, fields, optional }] of saved)
      this.#routes.set(route, {
        answers,
        optional: new Set(optional),
        fields: new Map(fields.map(([path, field]) => [path, fieldFrom(field)])),
      })
  }

  /** `at`: epoch ms. */
  observe(route: string, answer: ObservedAnswer, example: () => AnomalyExample, at: number): AnomalySignal[] {
    const known = this.#answersOf(route)
    const now = fieldsOf(answer.json)
    const signals: AnomalySignal[] = []
    let before: FieldTypes | undefined
    const earlier = (): FieldTypes => {
      if (before === undefined) {
        const json = answer.before()
        before = json === undefined ? new Map() : fieldsOf(json)
      }
      return before
    }
    for (const [path, field] of known.fields) {
      const types = now.get(path)
      if (types === undefined && (isItem(path) || !isThere(now, path))) continue
      const strange = types === undefined ? ['gone'] : types.filter(type => !field.types.includes(type))
      for (const what of strange) this.#begin(known, path, field, what)
      for (const [what, drift] of field.drifts) {
        const isHit = strange.includes(what)
        drift.novelty.look(isHit)
        if (answer.isPlain) drift.plain += 1
        if (isHit && answer.isPlain) drift.plainHits += 1
        if (isHit && wasOtherwise(earlier().get(path), what)) drift.turned += 1
        if (drift.novelty.isSettled) settle(known, path, what)
        else if (isHit && isDrift(drift, what))
          signals.push(signalOf({ route, path, field, what, drift }, example(), at))
      }
      field.seen += 1
    }
    this.#learn(known, now)
    return signals
  }

  /** It is normal from now on. `detail`: that of the signal. */
  expect(route: string, detail: string): void {
    const known = this.#routes.get(route)
    const mark = detail.lastIndexOf(': ')
    if (known !== undefined && mark > 0)
      settle(known, detail.slice(0, mark), detail.slice(mark + 2).replace(/^now /, ''))
  }

  /** One route became another. */
  move(from: string, to: string): void {
    const known = this.#routes.get(from)
    if (known === undefined) return
    this.#routes.delete(from)
    if (!this.#routes.has(to)) this.#routes.set(to, known)
  }

  toJSON(): SavedAnswerShapes {
    return [...this.#routes].map(([route, { answers, fields, optional }]) => [
      route,
      {
        answers,
        optional: [...optional],
        fields: [...fields].map(([path, { seen, types, drifts }]) => [
          path,
          {
            seen,
            types,
            drifts: [...drifts].map(
              ([what, { novelty, ...rest }]) => [what, { ...novelty.toJSON(), ...rest }] as const,
            ),
          },
        ]),
      },
    ])
  }

  #answersOf(route: string): Answers {
    let known = this.#routes.get(route)
    if (known === undefined) {
      if (this.#routes.size >= MAX_ROUTES) this.#routes.delete(this.#routes.keys().next().value!)
      known = { answers: 0, fields: new Map(), optional: new Set() }
    } else this.#routes.delete(route)
    this.#routes.set(route, known)
    return known
  }

  #begin(known: Answers, path: string, field: Field, what: string): void {
    if (field.drifts.has(what)) return
    if (field.seen < MIN_ANSWERS) settle(known, path, what)
    else field.drifts.set(what, { novelty: new Novelty({ before: field.seen }), turned: 0, plain: 0, plainHits: 0 })
  }

  #learn(known: Answers, now: FieldTypes): void {
    // What comes later was lacking before.
    const isFirst = known.answers === 0
    known.answers += 1
    for (const [path, types] of now) {
      if (known.fields.has(path) || known.optional.has(path)) continue
      const parent = known.fields.get(parentOf(path))
      const couldBe = path === '' ? isFirst : parent !== undefined && (isItem(path) || parent.seen <= 1)
      if (couldBe && known.fields.size < MAX_FIELDS)
        known.fields.set(path, { seen: 1, types: [...types], drifts: new Map() })
      else if (known.optional.size < MAX_FIELDS) known.optional.add(path)
    }
  }
}

function fieldFrom({ seen, types, drifts }: SavedField): Field {
  return {
    seen,
    types: [...types],
    drifts: new Map(
      drifts.map(([what, { turned, plain, plainHits, ...novelty }]) => [
        what,
        { novelty: new Novelty(novelty), turned, plain, plainHits },
      ]),
    ),
  }
}

/** Some answers are so. */
function settle(known: Answers, path: string, what: string): void {
  const field = known.fields.get(path)
  if (field === undefined) return
  field.drifts.delete(what)
  if (what !== 'gone') field.types.push(what)
  else {
    known.fields.delete(path)
    if (known.optional.size < MAX_FIELDS) known.optional.add(path)
  }
}

/** The object or list that would hold it is there. */
function isThere(now: FieldTypes, path: string): boolean {
  const parent = parentOf(path)
  const types = now.get(parent)
  return types?.includes('object') === true
}

/** Lists may be empty: what is in them comes and goes. */
function isItem(path: string): boolean {
  return path.endsWith('[]')
}

function parentOf(path: string): string {
  if (isItem(path)) return path.slice(0, -2)
  const dot = path.lastIndexOf('.')
  return dot < 0 ? '' : path.slice(0, dot)
}

function wasOtherwise(types: readonly string[] | undefined, what: string): boolean {
  return types !== undefined && (what === 'gone' || !types.includes(what))
}

function isDrift({ novelty, turned, plain, plainHits }: Drift, what: string): boolean {
  if (!novelty.isNovel) return false
  const isAll = plainHits >= MIN_PLAIN && plainHits >= PLAIN_SHARE * plain
  // Fields without a value come with new records.
  if (what === 'null') return isAll && turned >= MIN_TURNED
  return turned >= MIN_TURNED || isAll
}

function signalOf(
  { route, path, field, what, drift }: { route: string; path: string; field: Field; what: string; drift: Drift },
  example: AnomalyExample,
  at: number,
): AnomalySignal {
  const { before, since, hits } = drift.novelty
  const name = path === '' ? 'the whole' : path
  const change = what === 'gone' ? 'is gone from' : `is ${what} and no longer ${field.types.join(' or ')} in`
  return {
    ...{ kind: 'shape-drift', subject: route, detail: `${path}: ${what === 'gone' ? what : `now ${what}`}` },
    ...{
      severity: what === 'null' ? 'low' : 'high',
      at,
      count: 1,
      strength: strengthOf(drift.novelty),
      unit: 'requests',
    },
    says: `«${name}» was in all of ${told(before)} answers and ${change} ${hits} of the last ${told(since)}; ${drift.turned} of these requests were answered otherwise before`,
    evidence: { field: path, change: what, before, since, hits, turned: drift.turned, chance: drift.novelty.chance },
    falseAlarms: `by chance alone with a probability below ${NOVEL_CHANCE} for each field`,
    example,
  }
}
