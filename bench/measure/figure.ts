// One promise in numbers: what was wanted, what was measured. Pure.

export interface Figure {
  readonly what: string
  readonly wanted: string
  readonly measured: string
  readonly met: boolean
}

/** `value` undefined: it was not to be had, and the promise is not kept. */
export function atMost(what: string, limit: number, value: number | undefined, unit = '', more = ''): Figure {
  const met = value !== undefined && value <= limit
  return { what, wanted: limit === 0 ? '0' : `≤ ${withUnit(limit, unit)}`, measured: said(value, unit, more), met }
}

export function atLeast(what: string, limit: number, value: number | undefined, unit = '', more = ''): Figure {
  const met = value !== undefined && value >= limit
  return { what, wanted: `≥ ${withUnit(limit, unit)}`, measured: said(value, unit, more), met }
}

function said(value: number | undefined, unit: string, more: string): string {
  const figure = value === undefined ? 'none' : withUnit(value, unit)
  return more === '' ? figure : `${figure} (${more})`
}

function withUnit(value: number, unit: string): string {
  const rounded = Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100
  return `${rounded.toLocaleString('en-US')}${unit === '' ? '' : ` ${unit}`}`
}
