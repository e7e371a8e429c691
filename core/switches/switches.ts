// thread: main
// The rules of routes in force: entries of CHAOS_ROUTES_FILE, read anew when somebody wants it, and the switches that people set
// over them. Switches outlive a restart. All of a change or nothing of it: on the disk first, then here, then at the edges.
import { readRoutesFile } from '../config/routes-file.js'
import type { Mode } from '../contract/ghost.js'
import { journalledMethods } from '../contract/journal.js'
import type { LessonRoute } from '../contract/lesson.js'
import {
  RoutePolicies,
  type RoutePolicy,
  type RouteRules,
  type RouteSwitch,
  switchFields,
  wantsJournal,
} from '../contract/route-policy.js'
import type {
  RouteSwitchStatus,
  SwitchChange,
  SwitchesReport,
  SwitchRefusal,
  SwitchSources,
} from '../contract/route-switches.js'
import type { Settings } from '../contract/settings.js'
import { JsonFile } from '../data/json-file.js'
import type { Log } from '../log/log.js'
import { type PolicySettings, policyValues } from './policy-values.js'
import { readSwitchChange, readSwitches } from './read-switches.js'
import { switchableOf } from './switchable.js'

export interface SwitchesParts {
  /** Where switches are kept between runs. */
  readonly file: string
  /** Of CHAOS_ROUTES_FILE, as they were read at the start. */
  readonly entries: readonly RoutePolicy[]
  readonly settings: PolicySettings & Pick<Settings, 'routesFile'>
  readonly mode: () => Mode
  readonly learned: () => readonly Pick<LessonRoute, 'method' | 'pattern'>[]
  readonly hasJournal: () => boolean
  /** False: another process has the data folder, or is about to. */
  readonly mayWrite: () => boolean
  /** Tells every edge; resolves when they follow. */
  readonly tell: (rules: RouteRules) => Promise<void>
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>
}

/** Of the form of the file. */
const VERSION = 1
/** Each costs a look where a path is seen for the first time. */
export const MAX_SWITCHES = 1000

export class Switches implements SwitchSources {
  readonly #parts: SwitchesParts
  readonly #file: JsonFile<readonly RouteSwitch[]>
  #rules: RouteRules
  #policies: RoutePolicies

  /**
   * Throws a sentence with the remedy where switches of an earlier run cannot be read: without them answers could be given to those
   * who are not to have them.
   */
  constructor(parts: SwitchesParts) {
    this.#parts = parts
    this.#file = new JsonFile(parts.file, VERSION, parts.log)
    this.#rules = { version: 0, entries: parts.entries, switches: loadFrom(this.#file) }
    this.#policies = new RoutePolicies(this.#rules)
  }

  /** What edges are to follow. */
  get rules(): RouteRules {
    return this.#rules
  }

  /** The same, to be looked up here. */
  get policies(): RoutePolicies {
    return this.#policies
  }

  /** Reads CHAOS_ROUTES_FILE anew. Where anything is wrong with it what it said before stays, and the log says why. */
  reload(): void {
    const { hasJournal, log, settings } = this.#parts
    const { routesFile: file } = settings
    if (file === '') return
    const read = readRoutesFile(file)
    const problems = !read.ok
      ? read.problems
      : wantsJournal({ entries: read.policies, switches: [] }) && !hasJournal()
        ? [`CHAOS_ROUTES_FILE=${file}: an entry says "writes": "journal", but ${noJournal}`]
        : []
    if (!read.ok || problems.length > 0) {
      log.error({ problems }, 'CHAOS_ROUTES_FILE was not taken over; what it said before stays in force')
      return
    }
    void this.#apply({ entries: read.policies }).then(() =>
      log.info({ file, entries: read.policies.length }, 'CHAOS_ROUTES_FILE was read anew'),
    )
  }

  // ── what people ask ──────────────────────────────────────────────────────────────────────────────────────────────

  list(): readonly RouteSwitch[] {
    return this.#rules.switches
  }

  report(): SwitchesReport {
    const { switches } = this.#rules
    const { routes, others } = switchableOf(this.#parts.learned())
    const known = new Set(routes)
    const gone = switches.filter(({ route }) => !known.has(route)).map(({ route }) => route)
    return {
      switches,
      routes: [...routes, ...gone].map(route => this.#statusOf(route, known.has(route))),
      others,
    }
  }

  look(method: string, pattern: string): RouteSwitchStatus | undefined {
    const [route] = switchableOf([{ method, pattern }]).routes
    return route === undefined ? undefined : this.#statusOf(route, true)
  }

  #statusOf(route: string, isLearned: boolean): RouteSwitchStatus {
    const [method = '', path = ''] = route.split(' ')
    return {
      route,
      isLearned,
      switch: this.#switchOf(route) ?? null,
      values: policyValues(
        // A parameter of the pattern stands for any word that a request has there.
        this.#policies.speakingOf(method, path),
        (method === 'GET' ? [...journalledMethods] : [method]).map(one => this.#policies.speakingOf(one, path)),
        this.#parts.mode(),
        this.#parts.settings,
      ),
    }
  }

  // ── what people change ───────────────────────────────────────────────────────────────────────────────────────────

  async set(text: string): Promise<RouteSwitchStatus | SwitchRefusal> {
    const change = readSwitchChange(text)
    if ('refused' in change) return change
    const { route } = change
    const refused = this.#refuse(change)
    if (refused !== undefined) return refused
    const flipped = changedBy(change, this.#switchOf(route))
    return (await this.#replace(this.#switchesWith(route, flipped), route)) ?? this.#statusNow(route)
  }

  async clear(route: string): Promise<RouteSwitchStatus | SwitchRefusal> {
    const before = this.#switchOf(route)
    if (before === undefined)
      return refusal(
        'unknown-route',
        'route',
        `«${shown(route)}» has no switch; GET /api/switches lists those that are set`,
      )
    return (await this.#replace(this.#switchesWith(route, undefined), route)) ?? this.#statusNow(route)
  }

  async clearAll(): Promise<SwitchesReport | SwitchRefusal> {
    if (this.#rules.switches.length === 0) return this.report()
    return (await this.#replace([], 'route')) ?? this.report()
  }

  #refuse(change: SwitchChange): SwitchRefusal | undefined {
    const { route, writes } = change
    const { routes, others } = switchableOf(this.#parts.learned())
    if (!routes.includes(route) && this.#switchOf(route) === undefined) {
      const other = others.find(one => one.route === route)
      return other === undefined
        ? refusal(
            'unknown-route',
            'route',
            `no learned route is «${shown(route)}»; GET /api/switches lists them, written like GET /users/{id}. What was never seen, or is meant for many routes at once, is set in CHAOS_ROUTES_FILE and read anew with SIGHUP`,
          )
        : refusal('no-path', 'route', `«${shown(route)}» cannot be switched: ${other.because}`)
    }
    if (switchFields.every(field => change[field] === undefined))
      return refusal(
        'malformed',
        'body',
        `nothing is changed for «${shown(route)}»; name at least one of ${switchFields.join(', ')}`,
      )
    if (writes === 'journal' && !this.#parts.hasJournal()) return refusal('no-journal', 'writes', noJournal)
    if (this.#rules.switches.length >= MAX_SWITCHES && this.#switchOf(route) === undefined)
      return refusal(
        'too-many',
        'route',
        `${MAX_SWITCHES} switches are set, and no more can be; DELETE some, or say it for many routes at once in CHAOS_ROUTES_FILE`,
      )
    return undefined
  }

  #switchOf(route: string): RouteSwitch | undefined {
    return this.#rules.switches.find(one => one.route === route)
  }

  /** In the place where it was, else at the end. Undefined: without it. */
  #switchesWith(route: string, flipped: RouteSwitch | undefined): readonly RouteSwitch[] {
    const { switches } = this.#rules
    const isThere = switches.some(one => one.route === route)
    const kept = switches.flatMap(one => (one.route !== route ? [one] : flipped === undefined ? [] : [flipped]))
    return isThere || flipped === undefined ? kept : [...kept, flipped]
  }

  async #replace(switches: readonly RouteSwitch[], route: string): Promise<SwitchRefusal | undefined> {
    const { log, mayWrite } = this.#parts
    if (!mayWrite())
      return refusal('handing-over', 'route', 'another process is taking over just now; ask again in a moment')
    try {
      this.#file.save(switches)
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error)
      log.error({ err: error, file: this.#file.path }, 'a switch was not set: it would be lost with a restart')
      return refusal(
        'not-written',
        'route',
        `nothing was changed, for ${this.#file.path} cannot be written: ${because}; make room there, or give this user the right to write`,
      )
    }
    await this.#apply({ switches })
    log.info({ route, switches: switches.length }, 'the switches of routes were changed')
    return undefined
  }

  #apply(changed: Partial<Pick<RouteRules, 'entries' | 'switches'>>): Promise<void> {
    this.#rules = { ...this.#rules, ...changed, version: this.#rules.version + 1 }
    this.#policies = new RoutePolicies(this.#rules)
    return this.#parts.tell(this.#rules)
  }

  #statusNow(route: string): RouteSwitchStatus {
    return this.#statusOf(route, switchableOf(this.#parts.learned()).routes.includes(route))
  }
}

const noJournal =
  'no journal is open: start with CHAOS_GHOST_WRITES=journal, or with an entry of CHAOS_ROUTES_FILE that says "writes": "journal"; with SIGUSR2 another process takes over without an interruption'

function loadFrom(file: JsonFile<unknown>): readonly RouteSwitch[] {
  try {
    const value = file.load()
    return value === undefined ? [] : readSwitches(value)
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    throw new Error(
      `the switches of routes in ${file.path} cannot be read: ${because}; put the file back from a copy, or remove it (all routes are then as CHAOS_ROUTES_FILE and the settings say)`,
    )
  }
}

/** Undefined: nothing is set any more. */
function changedBy({ route, ...change }: SwitchChange, before: RouteSwitch | undefined): RouteSwitch | undefined {
  const { route: _route, ...kept } = before ?? { route }
  const set = Object.entries({ ...kept, ...change }).filter(([, value]) => value !== undefined && value !== 'default')
  return set.length === 0 ? undefined : ({ route, ...Object.fromEntries(set) } as RouteSwitch)
}

function refusal(refused: SwitchRefusal['refused'], field: string, detail: string): SwitchRefusal {
  return { refused, field, detail }
}

function shown(route: string): string {
  return route.slice(0, 200)
}
