// Numbers and times as people read them.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const oneDigit = new Intl.NumberFormat('en', { maximumFractionDigits: 1, minimumFractionDigits: 1 })
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

export function count(value: number): string {
  return value >= 100_000 ? compact.format(value) : whole.format(value)
}

/** For where there is little room: 1.2K. */
export function short(value: number): string {
  return value >= 1000 ? compact.format(value) : whole.format(value)
}

/** Per second. */
export function rate(value: number): string {
  return value > 0 && value < 10 && !Number.isInteger(value) ? oneDigit.format(value) : count(value)
}

export function percent(share: number | null, digits = 0): string {
  if (share === null) return '–'
  // 99.96 % is not 100 %: what is rounded up to certainty would be a lie.
  const value = share < 1 ? Math.min(share * 100, 100 - 10 ** -digits) : 100
  return `${value.toFixed(digits)} %`
}

export function score(value: number | null): string {
  if (value === null) return '–'
  return (value < 1 ? Math.min(value, 0.99) : 1).toFixed(2)
}

export function milliseconds(ms: number): string {
  if (ms === 0) return '0 ms'
  if (ms >= 10_000) return `${(ms / 1000).toFixed(0)} s`
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`
  if (ms >= 100) return `${ms.toFixed(0)} ms`
  if (ms >= 10) return `${ms.toFixed(1)} ms`
  return `${ms.toFixed(2)} ms`
}

export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  if (s < 60) return `${s} s`
  const two = (value: number): string => String(value).padStart(2, '0')
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))} min`
  return `${Math.floor(s / 86_400)} d ${two(Math.floor((s % 86_400) / 3600))} h`
}

/** 04:07, as on a clock that runs. */
export function clockDuration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds))
  const two = (value: number): string => String(value).padStart(2, '0')
  const minutes = Math.floor(s / 60)
  return minutes < 60
    ? `${two(minutes)}:${two(s % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(s % 60)}`
}

export function timeOfDay(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB')
}

/** With the date where it is not today. */
export function moment(at: string | number | null): string {
  if (at === null) return '–'
  const date = new Date(at)
  const today = new Date().toDateString() === date.toDateString()
  return today
    ? date.toLocaleTimeString('en-GB')
    : `${date.toLocaleDateString('en-CA')} ${date.toLocaleTimeString('en-GB')}`
}

export function bytes(value: number): string {
  for (const [unit, size] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const)
    if (value >= size) return `${oneDigit.format(value / size)} ${unit}`
  return `${whole.format(value)} B`
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}
