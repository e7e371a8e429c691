// thread: main
// Forgets everywhere, one place after the other, and says of each what was found, what is gone and what remains. The memory goes first:
// what others are told of comes out of it.
import {
  ForgetMatcher,
  type ForgetReport,
  type ForgetRequest,
  type Forgetting,
  type ForgottenBy,
  type ForgottenIn,
  forgettingOf,
} from '../contract/forgetting.js'
import type { Log } from '../log/log.js'

export interface ForgetHow {
  /** Counts, and changes nothing. */
  readonly dryRun: boolean
  /** Also writes that were acknowledged and not sent yet. */
  readonly pending: boolean
}

/** A place where something may be kept. */
export interface ForgetPlace {
  readonly store: string
  /** Rejects with a sentence that says why it was not searched, and what to do. */
  forget(matcher: ForgetMatcher, how: ForgetHow): Promise<readonly ForgottenIn[]>
}

export interface ForgetterParts {
  /** `textKeys`: names of vectors that went. */
  readonly memory: (
    forgetting: Forgetting,
    dryRun: boolean,
  ) => Promise<{ readonly stores: readonly ForgottenIn[]; readonly textKeys: readonly string[] }>
  /** Undefined: nothing is shared. */
  readonly shared: (
    forgetting: Forgetting,
    textKeys: readonly string[],
    dryRun: boolean,
  ) => Promise<{ readonly stores: readonly ForgottenIn[]; readonly instances: readonly ForgottenBy[] }> | undefined
  readonly places: readonly ForgetPlace[]
  readonly now: () => number
  readonly log: Pick<Log, 'info' | 'error'>
}

const notes = [
  'not reached from here: copies (chaos-proxy export, backups, replicas and write-ahead logs of databases), logs that were sent elsewhere, and what the upstream keeps',
]

export class Forgetter {
  readonly #parts: ForgetterParts
  #running: Promise<unknown> | undefined

  constructor(parts: ForgetterParts) {
    this.#parts = parts
  }

  /** `busy`: one runs already. */
  async run(request: ForgetRequest, how: ForgetHow): Promise<ForgetReport | 'busy'> {
    if (this.#running !== undefined) return 'busy'
    const forgetting = forgettingOf(request, this.#parts.now())
    const running = this.#run(forgetting, how)
    this.#running = running.catch(() => {})
    try {
      return await running
    } finally {
      this.#running = undefined
    }
  }

  async #run(forgetting: Forgetting, how: ForgetHow): Promise<ForgetReport> {
    const { stores, textKeys } = await this.#here(forgetting, how)
    let instances: readonly ForgottenBy[] = []
    try {
      const shared = await this.#parts.shared(forgetting, textKeys, how.dryRun)
      if (shared !== undefined) {
        stores.push(...shared.stores)
        instances = shared.instances
      }
    } catch (error) {
      stores.push(unsearched('Redis', error))
    }
    const isClean = (one: ForgottenIn): boolean => one.problem === '' && (how.dryRun || one.remaining === 0)
    const complete = stores.every(isClean) && instances.every(({ state }) => how.dryRun || state === 'done')
    const { id, at, subject } = forgetting
    const told = { id, about: subject.kind, dryRun: how.dryRun, complete }
    const erased = stores.reduce((sum, one) => sum + one.erased, 0)
    this.#parts.log.info(
      { ...told, erased },
      how.dryRun ? 'it was searched for what is to be forgotten' : 'it was forgotten',
    )
    return { ...told, at: new Date(at).toISOString(), stores, instances, notes }
  }

  /** What another instance wants to be forgotten. What waits to be sent is never touched. Answers with what is to be told. */
  async heard(forgetting: Forgetting): Promise<{ readonly textKeys: readonly string[]; readonly done: boolean }> {
    while (this.#running !== undefined) await this.#running
    const running = this.#here(forgetting, { dryRun: false, pending: false })
    this.#running = running.catch(() => {})
    try {
      const { stores, textKeys } = await running
      const wrong = stores.filter(({ problem, remaining }) => problem !== '' || remaining > 0)
      if (wrong.length > 0)
        this.#parts.log.error(
          { id: forgetting.id, wrong },
          'what another instance wants to be forgotten remains here in part',
        )
      return { textKeys, done: wrong.length === 0 }
    } finally {
      this.#running = undefined
    }
  }

  async #here(forgetting: Forgetting, how: ForgetHow): Promise<{ stores: ForgottenIn[]; textKeys: readonly string[] }> {
    const { memory, places } = this.#parts
    const stores: ForgottenIn[] = []
    let textKeys: readonly string[] = []
    try {
      const forgot = await memory(forgetting, how.dryRun)
      stores.push(...forgot.stores)
      textKeys = forgot.textKeys
    } catch (error) {
      stores.push(unsearched('memory', error))
    }
    const matcher = new ForgetMatcher(forgetting)
    for (const place of places)
      try {
        stores.push(...(await place.forget(matcher, how)))
      } catch (error) {
        stores.push(unsearched(place.store, error))
      }
    return { stores, textKeys }
  }
}

function unsearched(store: string, error: unknown): ForgottenIn {
  return { store, found: 0, erased: 0, remaining: 0, what: '', problem: (error as Error).message }
}

/** A place that tells how many things there are, and takes them away. */
export function countedPlace(store: string, forget: (matcher: ForgetMatcher, dryRun: boolean) => number): ForgetPlace {
  return {
    store,
    forget: async (matcher, { dryRun }) => {
      const found = forget(matcher, dryRun)
      const remaining = dryRun ? found : forget(matcher, true)
      return [{ store, found, erased: found - remaining, remaining, what: '', problem: '' }]
    },
  }
}
