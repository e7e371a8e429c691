// thread: any
// How numbers and exchanges are told in a signal.
import type { AnomalyExample } from '../../../core/contract/anomalies.js'
import type { FactReader } from '../../../core/contract/facts.js'

export function exampleOf(facts: FactReader): AnomalyExample {
  const { at, method, target, status, scope } = facts
  return { at, method, target, status, scope }
}

/** To three digits: more would look surer than it is. */
export function told(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  return String(Number(value.toPrecision(value >= 1000 ? Math.ceil(Math.log10(value)) : 3)))
}

export function percent(share: number): string {
  return `${told(share * 100)} %`
}

export function toldBytes(bytes: number): string {
  if (bytes < 2048) return `${Math.round(bytes)} B`
  if (bytes < 2 << 20) return `${told(bytes / 1024)} KiB`
  return `${told(bytes / 2 ** 20)} MiB`
}
