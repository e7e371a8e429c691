// thread: any
// How APIs write a moment, read and printed in one way by those who learn and those who answer.

export type TimeFormat =
  /** RFC 3339 and its relatives. `zone`: as it was written, '' where there is none (read as UTC). */
  | {
      readonly style: 'iso'
      readonly separator: string
      readonly digits: number
      readonly trims: boolean
      readonly zone: string
    }
  /** RFC 9110 §5.6.7, `Sun, 06 Nov 1994 08:49:37 GMT`; mail writes `+0000` for the zone. */
  | { readonly style: 'rfc1123'; readonly zone: string }
  /** Units since 1970, or since whatever the offset of the class says: the time that a process is up. */
  | { readonly style: 'epoch'; readonly unit: EpochUnit; readonly digits: number; readonly trims: boolean }

export type EpochUnit = 's' | 'ms' | 'us' | 'ns'

export interface ReadTime {
  readonly format: TimeFormat
  /** Epoch ms, cut off where the text is finer. */
  readonly at: number
}

const iso = /^(\d{4}-\d\d-\d\d)([Tt ])(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|z|[+-]\d\d:?\d\d|)$/
const rfc1123 =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d{4}) (\d\d:\d\d:\d\d) (GMT|UTC|\+0000)$/
const epoch = /^(0|[1-9]\d{0,18})(?:\.(\d{1,9}))?$/
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** How many ms a unit is. */
const unitMs: Record<EpochUnit, number> = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 }
/** Moments from 2001 to 2100; no other number is taken for one by its size. */
const FIRST_S = 1e9
const LAST_S = 4.1e9

/** The moment that a text is, by its looks alone; undefined: none. */
export function readTime(text: string): ReadTime | undefined {
  // Most texts are no moment: the first character tells.
  const first = text.charCodeAt(0)
  if (text.length < 10 || text.length > 40) return undefined
  if (first >= 0x30 && first <= 0x39) return readIso(text) ?? readEpochBySize(text)
  return readRfc1123(text)
}

/** The moment that a text is in this very format (with more or fewer digits of a second), else undefined. */
export function readTimeAs(format: TimeFormat, text: string): ReadTime | undefined {
  if (format.style === 'epoch') return readEpoch(text, format.unit)
  const read = format.style === 'iso' ? readIso(text) : readRfc1123(text)
  return read !== undefined && mergedFormat(format, read.format) !== undefined ? read : undefined
}

export function readEpoch(text: string, unit: EpochUnit): ReadTime | undefined {
  const match = epoch.exec(text)
  if (match === null) return undefined
  const digits = match[2]?.length ?? 0
  return { format: { style: 'epoch', unit, digits, trims: false }, at: Math.floor(Number(text) * unitMs[unit] + 1e-6) }
}

/** The format that holds for both, where they differ in nothing but how many digits of a second were worth printing. */
export function mergedFormat(a: TimeFormat, b: TimeFormat): TimeFormat | undefined {
  if (a.style === 'rfc1123') return b.style === 'rfc1123' && a.zone === b.zone ? a : undefined
  if (a.style === 'iso') {
    if (b.style !== 'iso' || a.separator !== b.separator || a.zone !== b.zone) return undefined
  } else if (b.style !== 'epoch' || a.unit !== b.unit) return undefined
  if (a.digits === b.digits) return a.trims || !b.trims ? a : b
  return { ...a, digits: Math.max(a.digits, b.digits), trims: true }
}

/** How far two moments may be apart and still be written in the same way. */
export function precisionMs(format: TimeFormat): number {
  if (format.style === 'rfc1123') return 1000
  if (format.style === 'epoch' && format.unit !== 's') return 1
  return Math.max(1, 10 ** (3 - format.digits))
}

/** `below`: six digits for what is finer than a millisecond; the same for all moments of one answer. */
export function printTime(format: TimeFormat, at: number, below: string): string {
  switch (format.style) {
    case 'iso': {
      const local = new Date(at + zoneMs(format.zone)).toISOString()
      const fraction = fractionOf(local.slice(20, 23) + below, format)
      return `${local.slice(0, 10)}${format.separator}${local.slice(11, 19)}${fraction}${format.zone}`
    }
    case 'rfc1123': {
      const moment = new Date(at)
      const [date, time] = moment.toISOString().split('T') as [string, string]
      const day = days[moment.getUTCDay()]!
      const month = months[moment.getUTCMonth()]!
      return `${day}, ${date.slice(8)} ${month} ${date.slice(0, 4)} ${time.slice(0, 8)} ${format.zone}`
    }
    case 'epoch':
      switch (format.unit) {
        case 's': {
          const seconds = Math.floor(at / 1000)
          return `${seconds}${fractionOf(String(at - seconds * 1000).padStart(3, '0') + below, format)}`
        }
        case 'ms':
          return `${at}${fractionOf(below, format)}`
        case 'us':
          return `${at}${below.slice(0, 3)}`
        case 'ns':
          return `${at}${below}`
      }
  }
}

function readIso(text: string): ReadTime | undefined {
  const match = iso.exec(text)
  if (match === null) return undefined
  const [, date, separator, time, fraction = '', zone] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const ms = Date.parse(`${date}T${time}.${`${fraction}000`.slice(0, 3)}Z`)
  // The 30th of February is no moment, but not for Date.parse in every year; it would not come back as it went in.
  if (Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(`${date}T${time}`)) return undefined
  return { format: { style: 'iso', separator, digits: fraction.length, trims: false, zone }, at: ms - zoneMs(zone) }
}

function readRfc1123(text: string): ReadTime | undefined {
  const match = rfc1123.exec(text)
  if (match === null) return undefined
  const [, day, month, year, time, zone] = match as unknown as [string, string, string, string, string, string]
  const at = Date.parse(`${year}-${String(months.indexOf(month) + 1).padStart(2, '0')}-${day}T${time}Z`)
  return Number.isNaN(at) ? undefined : { format: { style: 'rfc1123', zone }, at }
}

function readEpochBySize(text: string): ReadTime | undefined {
  const value = Number(text)
  for (const unit of ['s', 'ms', 'us', 'ns'] as const) {
    const seconds = (value * unitMs[unit]) / 1000
    if (seconds < FIRST_S || seconds > LAST_S) continue
    const read = readEpoch(text, unit)
    // Nobody writes parts of a microsecond with a point.
    return read?.format.style === 'epoch' && read.format.digits > 0 && unit !== 's' && unit !== 'ms' ? undefined : read
  }
  return undefined
}

function fractionOf(digits: string, format: { readonly digits: number; readonly trims: boolean }): string {
  const cut = digits.slice(0, format.digits)
  const kept = format.trims ? cut.replace(/0+$/, '') : cut
  return kept === '' ? '' : `.${kept.padEnd(format.trims ? 0 : format.digits, '0')}`
}

function zoneMs(zone: string): number {
  if (zone.length < 5) return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}
