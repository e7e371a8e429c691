// thread: learner
// What good answers of one route look like, learned from all that were good, and when that is to be thought over: what persists
// is the API of today (a new version was deployed), and what only some requests get, while others are answered as ever, is one
// of its answers.
import {
  type AnswerForm,
  BELIEVED_MS,
  type BodyTop,
  type FormVerdict,
  judgeForm,
  type RouteBaseline,
  type SoftSign,
  saysFailure,
} from '../../core/contract/baseline.js'

export interface SeenAnswer {
  readonly form: AnswerForm
  /** As it was sent; 0: not known. */
  readonly bytes: number
  readonly coded: boolean
  /** Identity of the request. */
  readonly key: string
  /** The route has no parameters, and the request no query. */
  readonly bare: boolean
  readonly accept: string | undefined
}

/** Before this many good answers to this many requests nothing is called wrong. */
const MIN_ANSWERS = 20
const MIN_REQUESTS = 5
/** Rule of three: what never was in 60 answers is, at 95 %, in fewer than one of 20. */
const MIN_ANSWERS_NEVER_EMPTY = 60
const MIN_REQUESTS_NEVER_EMPTY = 10
/** A list that is always asked for in the same way, and never was shorter than this, does not lose everything at once. */
const MIN_ITEMS_NEVER_EMPTY = 3
/** From here on half of the members may not be gone together; before, only all of them. */
const MIN_ANSWERS_STEADY = 100

/** The new normal: so many in a row, of so many requests (or of as many as there are), over so long. */
const RUN_ANSWERS = 20
const RUN_REQUESTS = MIN_REQUESTS
/** What looks like another version is believed sooner than what looks like an outage. */
const RUN_MS: Record<SoftSign, number> = {
  shape: 600_000,
  empty: 600_000,
  error: 3_600_000,
  'foreign-type': 3_600_000,
  'empty-body': 3_600_000,
}
/** Requests that never were answered otherwise, while others were answered well: then it is one of the route's answers. */
const OWN_ANSWERS = 5
/** How often each of them must have been answered so: an upstream that fails now and then looks alike at first. */
const OWN_LOOKS: Record<SoftSign, number> = { shape: 1, empty: 1, error: 2, 'foreign-type': 2, 'empty-body': 2 }

/** A request that was answered well, and then never again while others were, so often and for as long: it has changed. */
const TURNED_LOOKS = 5

const MAX_TYPES = 8
const MAX_MEMBERS = 64
const MAX_NAME = 128
const MAX_REQUESTS = 16

/** A row of wrong answers with no good one between. */
interface Run {
  answers: number
  readonly requests: number[]
  /** Epoch ms. */
  readonly since: number
  patienceMs: number
}

/** A request that was answered well before. */
interface Turned {
  readonly request: number
  /** Times that it was answered wrong, with a good answer to another request before each. */
  looks: number
  /** Epoch ms. */
  readonly since: number
  /** See State. */
  goodAt: number
}

interface State {
  answers: number
  /** When the last good answer came, epoch ms. */
  goodAt: number
  /** To the one request that a route without parameters has. */
  bareAnswers: number
  /** Fingerprints of requests, as many as matter. */
  readonly requests: number[]
  readonly types: string[]
  readonly tops: BodyTop[]
  /** null: no object was seen. */
  members: string[] | null
  /** null: no object was seen; '': not always the same. */
  first: string | null
  everEmpty: boolean
  everError: boolean
  /** -1: no list was seen. */
  minItems: number
  /** 0: none was seen. */
  minBytes: number
  minCodedBytes: number
  run: Run | null
  /** Fingerprint of a request, and how often it was answered in a way that is wrong for others. */
  own: [number, number][]
  turned: Turned[]
  /** A good answer came after the last one of `own`. */
  wellSince: boolean
}

export type SavedBaseline = Readonly<State>

export class Baseline {
  #state: State
  #taught: RouteBaseline | undefined
  #isTaught = false

  constructor(saved?: SavedBaseline) {
    this.#state = saved === undefined ? emptyState() : structuredClone(saved)
  }

  get isEmpty(): boolean {
    return this.#state.answers === 0
  }

  toJSON(): SavedBaseline {
    return this.#state
  }

  /** For the edges; undefined: too little was seen. */
  get taught(): RouteBaseline | undefined {
    if (!this.#isTaught) {
      this.#taught = taughtBy(this.#state)
      this.#isTaught = true
    }
    return this.#taught
  }

  judge({ form, accept, bare }: SeenAnswer, at: number): FormVerdict {
    const { taught } = this
    if (taught === undefined || (taught.onlyBare === true && !bare)) return undefined
    return at - this.#state.goodAt > BELIEVED_MS ? undefined : judgeForm(taught, form, accept)
  }

  /** A good answer. `at`: epoch ms. */
  add({ form, key, bytes, coded, bare }: SeenAnswer, at: number): void {
    const state = this.#state
    const request = fingerprint(key)
    this.again(1, bare, at)
    remember(state.requests, request, MAX_REQUESTS)
    remember(state.types, form.type, MAX_TYPES)
    if (form.top !== undefined) remember(state.tops, form.top, MAX_TYPES)
    state.everEmpty ||= form.empty
    if (form.json?.kind === 'object') {
      const members = new Map(form.json.entries)
      const [first = ''] = members.keys()
      state.first = state.first === null || state.first === first ? first : ''
      state.members = commonMembers(state.members, members)
      state.everError ||= saysFailure(members)
    } else if (form.json?.kind === 'array') {
      const { length } = form.json.items
      state.minItems = state.minItems < 0 ? length : Math.min(state.minItems, length)
    }
    if (coded) state.minCodedBytes = least(state.minCodedBytes, bytes)
    else state.minBytes = least(state.minBytes, bytes)
    // It is answered otherwise as well: the upstream had only failed it.
    if (state.own.some(([known]) => known === request)) state.own = []
    state.turned = state.turned.filter(known => known.request !== request)
  }

  /** Good answers that were the same as one that was added. */
  again(times: number, bare: boolean, at: number): void {
    const state = this.#state
    state.answers += times
    if (bare) state.bareAnswers += times
    state.goodAt = Math.max(state.goodAt, at)
    state.run = null
    state.wellSince = true
    this.#isTaught = false
  }

  /**
   * An answer that was judged wrong. True: it is not any more, and was added as a good one. `wasGood`: its request had a good
   * answer before.
   */
  persists(sign: SoftSign, answer: SeenAnswer, at: number, wasGood: boolean): boolean {
    if (this.#isNewNormal(sign, answer, at)) this.#state = emptyState()
    else if (!(wasGood ? this.#hasTurned(sign, answer, at) : this.#isOwnAnswer(sign, answer))) return false
    else this.#state.own = []
    this.add(answer, at)
    return true
  }

  /** Another route became part of this one, which therefore has a parameter. */
  merge(other: Baseline): void {
    const state = this.#state
    const from = other.#state
    if (this.isEmpty) this.#state = structuredClone(from)
    else if (!other.isEmpty) {
      state.answers += from.answers
      state.goodAt = Math.max(state.goodAt, from.goodAt)
      for (const request of from.requests) remember(state.requests, request, MAX_REQUESTS)
      for (const type of from.types) remember(state.types, type, MAX_TYPES)
      for (const top of from.tops) remember(state.tops, top, MAX_TYPES)
      if (from.members !== null) {
        state.first = state.first === null || state.first === from.first ? from.first : ''
        state.members = commonMembers(state.members, new Map(from.members.map(name => [name, undefined])))
      }
      state.everEmpty ||= from.everEmpty
      state.everError ||= from.everError
      if (from.minItems >= 0)
        state.minItems = state.minItems < 0 ? from.minItems : Math.min(state.minItems, from.minItems)
      state.minBytes = least(state.minBytes, from.minBytes)
      state.minCodedBytes = least(state.minCodedBytes, from.minCodedBytes)
    }
    Object.assign(this.#state, { bareAnswers: 0, run: null, own: [], turned: [] } satisfies Partial<State>)
    this.#isTaught = false
  }

  #isNewNormal(sign: SoftSign, { key }: SeenAnswer, at: number): boolean {
    const state = this.#state
    state.run ??= { answers: 0, requests: [], since: at, patienceMs: 0 }
    const { run } = state
    run.answers += 1
    remember(run.requests, fingerprint(key), MAX_REQUESTS)
    run.patienceMs = Math.max(run.patienceMs, RUN_MS[sign])
    return (
      run.answers >= RUN_ANSWERS &&
      run.requests.length >= Math.min(RUN_REQUESTS, state.requests.length) &&
      at - run.since >= run.patienceMs
    )
  }

  /** Without this an older answer would stand for ever in the place of one that is true by now. */
  #hasTurned(sign: SoftSign, { key }: SeenAnswer, at: number): boolean {
    const { turned, goodAt } = this.#state
    const request = fingerprint(key)
    const known = turned.find(one => one.request === request)
    if (known === undefined) {
      if (turned.length >= MAX_REQUESTS) turned.shift()
      turned.push({ request, looks: 1, since: at, goodAt })
      return false
    }
    if (goodAt > known.goodAt) {
      known.looks += 1
      known.goodAt = goodAt
    }
    return known.looks >= TURNED_LOOKS && at - known.since >= RUN_MS[sign]
  }

  #isOwnAnswer(sign: SoftSign, { key }: SeenAnswer): boolean {
    const state = this.#state
    if (!state.wellSince) return false
    state.wellSince = false
    const request = fingerprint(key)
    const known = state.own.find(([one]) => one === request)
    if (known !== undefined) known[1] += 1
    else if (state.own.length < MAX_REQUESTS) state.own.push([request, 1])
    return state.own.filter(([, looks]) => looks >= OWN_LOOKS[sign]).length >= OWN_ANSWERS
  }
}

function taughtBy(state: State): RouteBaseline | undefined {
  const { answers, bareAnswers, requests, types, tops, members, first, minItems } = state
  const isMany = answers >= MIN_ANSWERS && requests.length >= MIN_REQUESTS
  if (!isMany && bareAnswers < MIN_ANSWERS) return undefined
  const top = tops.length === 1 ? tops[0] : undefined
  const always = top === 'object' ? (members ?? []) : []
  const steady = answers >= MIN_ANSWERS_STEADY
  const neverShort = requests.length >= MIN_REQUESTS_NEVER_EMPTY || minItems >= MIN_ITEMS_NEVER_EMPTY
  return {
    types: [...types],
    ...(top === undefined ? {} : { top }),
    members: [...always],
    ...(top !== 'object' || first === null || first === '' ? {} : { first }),
    mayLack: mayLack(always.length, steady),
    steady,
    neverEmpty: !state.everEmpty && (top !== 'array' || (answers >= MIN_ANSWERS_NEVER_EMPTY && neverShort)),
    alwaysBody: tops.length > 0 && !tops.includes('nothing'),
    neverError: !state.everError,
    minBytes: state.minBytes,
    minCodedBytes: state.minCodedBytes,
    ...(isMany ? {} : { onlyBare: true }),
  }
}

/** One member alone may be one that is there nearly always. */
function mayLack(members: number, steady: boolean): number {
  if (!steady) return members < 2 ? members : members - 1
  return members < 2 ? 0 : Math.max(1, Math.floor(members / 2))
}

function commonMembers(before: string[] | null, now: ReadonlyMap<string, unknown>): string[] {
  if (before === null) return [...now.keys()].filter(name => name.length <= MAX_NAME).slice(0, MAX_MEMBERS)
  // Most answers have what all had.
  return before.every(name => now.has(name)) ? before : before.filter(name => now.has(name))
}

function emptyState(): State {
  return {
    answers: 0,
    goodAt: 0,
    bareAnswers: 0,
    requests: [],
    types: [],
    tops: [],
    members: null,
    first: null,
    everEmpty: false,
    everError: false,
    minItems: -1,
    minBytes: 0,
    minCodedBytes: 0,
    run: null,
    own: [],
    turned: [],
    wellSince: false,
  }
}

function remember<T>(list: T[], value: T, max: number): void {
  if (list.length < max && !list.includes(value)) list.push(value)
}

/** 0 stands for none. */
function least(before: number, now: number): number {
  return before === 0 || now === 0 ? before + now : Math.min(before, now)
}

/** FNV-1a. Two requests with one fingerprint only make evidence count for less. */
function fingerprint(key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
