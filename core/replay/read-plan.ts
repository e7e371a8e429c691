// thread: main
// What a person asks for, checked as a whole: a plan with its secrets, or the first thing that is wrong with it. Pure.
import { type ExchangeId, readExchangeId } from '../contract/facts.js'
import { isFieldName } from '../contract/recorded.js'
import {
  type ReplayPace,
  type ReplayPlan,
  type ReplayRefusal,
  type ReplaySecrets,
  replayMembers,
  replaySources,
} from '../contract/replays.js'
import { readSecrets } from './secrets.js'
import { chooseTarget, type ReplayTarget } from './target.js'

export interface ReadPlan {
  readonly plan: ReplayPlan
  readonly target: ReplayTarget
  readonly secrets: ReplaySecrets
}

const members: readonly string[] = [...replayMembers, 'secrets']
const paces = ['original', 'rate', 'fast'] as const
const safe = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'])

const DEFAULT_WINDOW_MS = 3_600_000
const DEFAULT_LIMIT = 10_000
export const MAX_LIMIT = 1_000_000
const MAX_LIST = 1000
/** What chooses among many. */
const choosing = ['from', 'to', 'routes', 'methods', 'status', 'scope', 'sample', 'seed', 'limit'] as const

/** Changes nothing by its definition (RFC 9110 §9.2.1). */
export function isSafe(method: string): boolean {
  return safe.has(method)
}

/** `allowed`: CHAOS_REPLAY_TARGETS. `now`: epoch ms. `seed`: taken where none is given. */
export function readReplayPlan(
  text: string,
  allowed: readonly string[],
  now: number,
  seed: number,
): ReadPlan | ReplayRefusal {
  try {
    return read(text, allowed, now, seed)
  } catch (error) {
    if (error instanceof Wrong) return { refused: error.refused, field: error.field, detail: error.message }
    throw error
  }
}

class Wrong extends Error {
  constructor(
    readonly field: string,
    detail: string,
    readonly refused: ReplayRefusal['refused'] = 'plan',
  ) {
    super(detail)
  }
}

function read(text: string, allowed: readonly string[], now: number, seed: number): ReadPlan {
  const given = objectIn(text)
  for (const name of Object.keys(given))
    if (!members.includes(name)) {
      const shownName = name.slice(0, 100)
      throw new Wrong(shownName, `«${shownName}» is no member of a replay; there are ${members.join(', ')}`)
    }
  const { target: asked } = given
  if (asked !== undefined && typeof asked !== 'string')
    throw new Wrong('target', `target ${isWrong(asked)}; it must be a URL`)
  const target = chooseTarget(asked, allowed)
  if ('problem' in target) throw new Wrong('target', target.problem, 'target')
  const secrets = readSecrets(given.secrets)
  if ('problem' in secrets) throw new Wrong('secrets', `secrets ${secrets.problem}`)
  const source = oneOf(given, 'source', replaySources, 'history')
  const one = exchangeIn(given, source)
  const to = one === undefined ? (momentIn(given, 'to', now) ?? now) : one.at + 1
  const from = one === undefined ? (momentIn(given, 'from', now) ?? to - DEFAULT_WINDOW_MS) : one.at
  if (from >= to) throw new Wrong('from', 'from must be before to')
  const methods = textsIn(given, 'methods')?.map(method => method.toUpperCase())
  const writes = given.writes === undefined ? false : given.writes
  if (typeof writes !== 'boolean') throw new Wrong('writes', `writes ${isWrong(writes)}; it must be true or false`)
  const unsafe = methods?.find(method => !isSafe(method))
  if (unsafe !== undefined && !writes)
    throw new Wrong('methods', `${unsafe} may change what is at the target: it is sent only where writes is true`)
  const compareFields = (textsIn(given, 'compareFields') ?? []).map(name => name.toLowerCase())
  const noField = compareFields.find(name => !isFieldName(name))
  if (noField !== undefined) throw new Wrong('compareFields', `«${noField.slice(0, 100)}» is no name of a field`)
  const ignored = textsIn(given, 'ignored') ?? []
  const noPlace = ignored.find(place => !/^[/:]/.test(place))
  if (noPlace !== undefined)
    throw new Wrong('ignored', `«${noPlace.slice(0, 100)}» is no place; write /items/~/fetchedAt, or :name for a field`)
  const plan: ReplayPlan = {
    ...{ source, target: target.url, from, to, methods, writes, compareFields, ignored },
    routes: textsIn(given, 'routes'),
    status: statusIn(given.status),
    scope: textIn(given, 'scope'),
    sample: numberIn(given, 'sample', 1, 0, 1),
    seed: wholeIn(given, 'seed', seed, 0, 0xffffffff),
    limit: wholeIn(given, 'limit', source === 'har' ? MAX_LIMIT : DEFAULT_LIMIT, 1, MAX_LIMIT),
    exchange: textIn(given, 'exchange'),
    pace: paceIn(given),
    connections: wholeIn(given, 'connections', 16, 1, 1024),
    timeoutMs: wholeIn(given, 'timeoutMs', 10_000, 1, 600_000),
  }
  return { plan, target, secrets }
}

/** One exchange by its id; nothing beside it chooses. */
function exchangeIn(given: Record<string, unknown>, source: ReplayPlan['source']): ExchangeId | undefined {
  const id = textIn(given, 'exchange')
  if (id === undefined) return undefined
  const one = readExchangeId(id)
  if (one === undefined)
    throw new Wrong('exchange', `exchange ${isWrong(id)}; it must be an id as GET /api/exchanges tells it`)
  if (source !== 'history') throw new Wrong('source', `source ${source} has no exchange of the history`)
  const beside = choosing.find(member => given[member] !== undefined)
  if (beside !== undefined) throw new Wrong(beside, `${beside} means nothing beside exchange, which is one alone`)
  return one
}

function paceIn(given: Record<string, unknown>): ReplayPace {
  const kind = oneOf(given, 'pace', paces, given.perSecond === undefined ? 'original' : 'rate')
  for (const [member, of] of [
    ['speed', 'original'],
    ['perSecond', 'rate'],
  ] as const)
    if (given[member] !== undefined && kind !== of)
      throw new Wrong(member, `${member} means nothing to the pace ${kind}, only to ${of}`)
  switch (kind) {
    case 'original':
      return { kind, speed: numberIn(given, 'speed', 1, 0.001, 100_000) }
    case 'rate':
      if (given.perSecond === undefined)
        throw new Wrong('perSecond', 'perSecond is missing: how many requests a second?')
      return { kind, perSecond: numberIn(given, 'perSecond', 1, 0.001, 1_000_000) }
    case 'fast':
      return { kind }
  }
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const given: unknown = JSON.parse(text)
    if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as Record<string, unknown>
  } catch {
    // Said below. The parser would quote what is there, and that may be a secret.
  }
  throw new Wrong('body', 'the body must be a JSON object such as {"target": "http://staging:8080", "from": "1h"}')
}

function oneOf<Name extends string>(
  given: Record<string, unknown>,
  member: string,
  names: readonly Name[],
  fallback: Name,
): Name {
  const value = given[member] === undefined ? fallback : given[member]
  const name = names.find(one => one === value)
  if (name === undefined) throw new Wrong(member, `${member} ${isWrong(value)}; it must be one of ${names.join(', ')}`)
  return name
}

/** As the history reads it: `2026-01-31T14:05:00Z`, epoch ms, or how long ago. */
function momentIn(given: Record<string, unknown>, member: string, now: number): number | undefined {
  const value = given[member]
  if (value === undefined) return undefined
  const ago = typeof value === 'string' ? /^(\d{1,6})([smhd])$/.exec(value) : null
  const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[ago?.[2] ?? ''] ?? 0
  const moment =
    ago !== null ? now - Number(ago[1]) * unitMs : typeof value === 'string' ? Date.parse(value) : (value as number)
  if (typeof moment !== 'number' || !Number.isFinite(moment) || Math.abs(moment) > 8.64e15)
    throw new Wrong(
      member,
      `${member} ${isWrong(value)}; write 2026-01-31T14:05:00Z, epoch ms, or how long ago, such as 15m`,
    )
  return moment
}

/** `503`, `"5xx"`, `"400-499"`. */
function statusIn(value: unknown): readonly [number, number] | undefined {
  if (value === undefined) return undefined
  const text = String(value)
  const family = /^([1-5])xx$/i.exec(text)
  if (family !== null) return [Number(family[1]) * 100, Number(family[1]) * 100 + 99]
  const range = /^(\d{3})(?:-(\d{3}))?$/.exec(text)
  if (range === null) throw new Wrong('status', `status ${isWrong(value)}; it must be like 503, 5xx or 400-499`)
  return [Number(range[1]), Number(range[2] ?? range[1])]
}

function textIn(given: Record<string, unknown>, member: string): string | undefined {
  const value = given[member]
  if (value !== undefined && typeof value !== 'string')
    throw new Wrong(member, `${member} ${isWrong(value)}; it must be a text`)
  return value
}

function textsIn(given: Record<string, unknown>, member: string): readonly string[] | undefined {
  const value = given[member]
  if (value === undefined) return undefined
  const isList = Array.isArray(value) && value.length <= MAX_LIST && value.every(one => typeof one === 'string')
  if (!isList) throw new Wrong(member, `${member} ${isWrong(value)}; it must be a list of texts`)
  return value.length === 0 ? undefined : (value as string[])
}

function numberIn(given: Record<string, unknown>, member: string, fallback: number, min: number, max: number): number {
  const value = given[member] === undefined ? fallback : given[member]
  if (typeof value !== 'number' || !(value >= min && value <= max))
    throw new Wrong(member, `${member} ${isWrong(value)}; it must be a number from ${min} to ${max}`)
  return value
}

function wholeIn(given: Record<string, unknown>, member: string, fallback: number, min: number, max: number): number {
  const value = numberIn(given, member, fallback, min, max)
  if (!Number.isInteger(value)) throw new Wrong(member, `${member} ${isWrong(value)}; it must be a whole number`)
  return value
}

function isWrong(value: unknown): string {
  return `is ${JSON.stringify(value)?.slice(0, 100)}`
}
