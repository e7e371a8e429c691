// thread: main
// How a setting is written: kinds of values, their checks, and how one is read. The only file that knows zod.

import { existsSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { z } from 'zod'
import { readKeyValues } from '../contract/key-values.js'
import { routeSyntax } from '../contract/route-policy.js'

/** How one setting is read. `parse` throws a ZodError or an Error whose message completes «CHAOS_X=… ». */
export interface SettingRow {
  /** Without the prefix: `CONNECT_TIMEOUT_MS`. */
  readonly name: string
  readonly schema: z.ZodType
  /** As a person would write it; undefined: required. */
  readonly fallback: string | undefined
  /** Shown instead of the fallback where it depends on the machine or on another setting. */
  readonly shownDefault?: string
  /** What may be written. */
  readonly range: string
  readonly doc: string
  readonly secret?: boolean
}

export const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'is not a whole number')
    .transform(Number)
    .refine(value => value >= min && value <= max, `must be from ${min} to ${max}`)

const units: Record<string, number> = {
  '': 1,
  b: 1,
  kib: 1 << 10,
  kb: 1000,
  mib: 1 << 20,
  mb: 1e6,
  gib: 1 << 30,
  gb: 1e9,
}

export const bytes = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+ ?([kmg]i?b|b)?$/i, 'is not a size such as 65536 or 64KiB')
    .transform(text => {
      const [, digits, unit] = /^(\d+) ?(\w*)$/.exec(text)!
      return Number(digits) * units[unit!.toLowerCase()]!
    })
    .refine(value => value >= min && value <= max, `must be from ${min} to ${max} bytes`)

export const share = z
  .string()
  .regex(/^(0?\.\d+|[01](\.\d+)?)$/, 'is not a number from 0 to 1')
  .transform(Number)
  .refine(value => value >= 0 && value <= 1, 'must be from 0 to 1')

export const choice = (of: readonly [string, ...string[]]) => z.enum(of, `must be one of ${of.join(', ')}`)
export const onOff = choice(['on', 'off']).transform(text => text === 'on')
export const text = z.string()
export const word = z.string().regex(/^[\w.-]{1,64}$/, 'must be letters, digits, -, _ or ., at most 64')
/** Of hosts, without a port. */
export const names = z.string().transform((value, context) => {
  const entries = splitList(value.toLowerCase())
  for (const entry of entries)
    if (!/^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/.test(entry))
      context.addIssue(`has «${entry}», which is no name of a host such as chaos.internal (no scheme, no port)`)
  return entries
})
export const list = z.string().transform(value => splitList(value))

export const upstreams = z.string().transform((value, context) => {
  const urls = splitList(value)
  for (const problem of upstreamListProblems(urls)) context.addIssue(problem)
  return urls
})

/** All that is wrong with a list of upstreams; each completes the sentence «CHAOS_UPSTREAM … ». */
export function upstreamListProblems(urls: readonly string[]): string[] {
  if (urls.length === 0) return ['names no upstream']
  return urls.map(upstreamProblem).filter(problem => problem !== undefined)
}

/** Where something may be sent to; '' for nowhere. */
export const targets = z.string().transform((value, context) => {
  const urls = splitList(value)
  for (const url of urls) {
    const problem = upstreamProblem(url)
    if (problem !== undefined) context.addIssue(problem)
  }
  return urls
})

export const networks = z.string().transform((value, context) => {
  const entries = splitList(value)
  for (const entry of entries)
    if (!isNetwork(entry))
      context.addIssue(`has «${entry}», which is neither an address nor a block such as 10.0.0.0/8`)
  return entries
})

/** A file that must be there when the settings are read; '' for none. */
export const file = z.string().refine(path => path === '' || existsSync(path), 'names a file that is not there')

/** Path and query of a request, in origin form; '' for none. */
export const path = z.string().regex(/^(\/[\x21\x22\x24-\x7e]*)?$/, 'must begin with / and hold no blank and no #')

/** Where something is posted to; '' for nowhere. What stands in it may be a secret, and is not repeated. */
export const webhookUrl = z
  .string()
  .refine(text => text === '' || isHttpUrl(text), 'is not a URL that begins with http:// or https://')

/** Where spans are posted to; '' for nowhere. */
export const collectorUrl = z.string().transform((value, context) => {
  if (value === '') return value
  if (!isHttpUrl(value)) context.addIssue('is not a URL that begins with http:// or https://')
  else {
    const { username, password, hash } = new URL(value)
    if (username !== '' || password !== '')
      context.addIssue('must not carry credentials: write them into CHAOS_TRACES_HEADERS')
    if (hash !== '') context.addIssue('must not have a fragment')
  }
  return value
})

/** `name=value,name=value`, percent-encoded; what stands in it may be a secret, and is not repeated. */
export const keyValues = z.string().transform((value, context) => {
  const read = readKeyValues(value)
  if ('problem' in read) context.addIssue(read.problem)
  return value
})

/** A path that others are put behind. */
export const pathPrefix = z
  .string()
  .regex(/^(\/[\x21\x22\x24-\x2e\x30-\x3e\x40-\x7e]+)+\/?$/, 'must begin with / and hold no blank, no # and no ?')
  .transform(text => text.replace(/\/$/, ''))

export const balance = z
  .string()
  .regex(
    /^(least-requests|round-robin|hash:[!#$%&'*+\-.^_`|~0-9A-Za-z]+)$/,
    'must be least-requests, round-robin, or hash:<field name>',
  )
  .transform(value => value.toLowerCase())

export const row = (
  name: string,
  schema: z.ZodType,
  fallback: string | undefined,
  range: string,
  doc: string,
  more: Partial<SettingRow> = {},
): SettingRow => ({
  name,
  schema,
  fallback,
  range,
  doc,
  ...more,
})

export function splitList(value: string): string[] {
  return value
    .split(',')
    .map(entry => entry.trim())
    .filter(entry => entry !== '')
}

export function upstreamProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return `«${text}» is not a URL; write it like http://localhost:3000`
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `«${text}» must begin with http:// or https://`
  if (url.username !== '' || url.password !== '') return `«${url.host}» must not carry credentials`
  if (url.search !== '' || url.hash !== '') return `«${text}» must not have a query or a fragment`
  return undefined
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

function isNetwork(entry: string): boolean {
  const [address, bits, ...rest] = entry.split('/')
  const family = isIP(address!)
  if (family === 0 || rest.length > 0) return false
  if (bits === undefined) return true
  if (!/^\d{1,3}$/.test(bits)) return false
  try {
    new BlockList().addSubnet(address!, Number(bits), family === 6 ? 'ipv6' : 'ipv4')
    return true
  } catch {
    return false
  }
}

/** Reads one value; the problems complete the sentence «CHAOS_X … ». */
export function readSetting(
  setting: SettingRow,
  value: string,
): { ok: true; value: unknown } | { ok: false; problems: string[] } {
  const result = setting.schema.safeParse(value.trim())
  return result.success
    ? { ok: true, value: result.data }
    : { ok: false, problems: result.error.issues.map(({ message }) => message) }
}

/** What may be switched while the proxy runs as well. */
const switched = {
  ghost: z.enum(['auto', 'off']),
  minConfidence: z.number().min(0).max(1),
  maxAgeS: z.int().min(0),
  hedgeMs: z.int().min(0).max(60_000),
  writes: z.enum(['refuse', 'journal']),
  sharing: z.enum(['public', 'own']),
}

const routeSwitch = z
  .strictObject({
    route: z
      .string()
      .regex(routeSyntax, 'must be a method or *, a blank and a path, such as GET /users/{id} or * /reports/**'),
    ...switched,
  })
  .partial()
  .required({ route: true })

const routePolicy = routeSwitch.extend({
  slowMs: z.int().min(0).max(3_600_000).optional(),
  answer: z.enum(['accepted', 'learned']).optional(),
  preconditions: z.enum(['seen', 'off']).optional(),
})

/** What stands in CHAOS_ROUTES_FILE. */
export const routePolicies = z.array(routePolicy)

/** What the data folder keeps of switches. */
export const routeSwitches = z.array(routeSwitch)

const orDefault = <Type extends z.ZodType>(type: Type, wanted: string) =>
  z.union([type, z.literal('default')], { error: `must be ${wanted}, or "default"` }).optional()

/** What a person wants of a switch. */
export const switchChange = z.strictObject({
  route: z.string({ error: 'must be a learned route such as GET /users/{id}' }),
  ghost: orDefault(switched.ghost, '"auto" or "off"'),
  minConfidence: orDefault(switched.minConfidence, 'a number from 0 to 1'),
  maxAgeS: orDefault(switched.maxAgeS, 'a whole number of seconds, 0 for any age'),
  hedgeMs: orDefault(switched.hedgeMs, 'a whole number of milliseconds from 0 to 60000'),
  writes: orDefault(switched.writes, '"refuse" or "journal"'),
  sharing: orDefault(switched.sharing, '"public" or "own"'),
})
