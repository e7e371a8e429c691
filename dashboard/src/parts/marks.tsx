// How answers, tiers and states look, the same on every page.

import type { Answerer } from '../../../core/contract/facts.js'
import type { Tier } from '../../../core/contract/ghost.js'
import type { AnsweredBy } from '../../../core/contract/live.js'

export const tiers = ['exact', 'entity', 'query', 'template', 'semantic'] as const satisfies readonly Tier[]

export const tierText: Readonly<Record<Tier, string>> = {
  exact: 'text-exact',
  entity: 'text-entity',
  query: 'text-query',
  template: 'text-template',
  semantic: 'text-semantic',
}

export const tierFill: Readonly<Record<Tier, string>> = {
  exact: 'bg-exact',
  entity: 'bg-entity',
  query: 'bg-query',
  template: 'bg-template',
  semantic: 'bg-semantic',
}

export const tierMeaning: Readonly<Record<Tier, string>> = {
  exact: 'this very request was answered before',
  entity: 'a record that is known from other answers',
  query: 'a list put together by the rules learned',
  template: 'what all answers of the route have in common',
  semantic: 'the answer to a request that means the same',
}

export function isTier(by: string): by is Tier {
  return tiers.some(tier => tier === by)
}

const wellMarks: Readonly<Partial<Record<AnsweredBy | Answerer, string>>> = {
  live: 'text-live',
  upstream: 'text-live',
  journalled: 'text-warn',
  journal: 'text-warn',
}

export function ByMark({ by }: { by: AnsweredBy | Answerer }) {
  const tone = isTier(by) ? tierText[by] : (wellMarks[by] ?? 'text-fail')
  return (
    <span className={`inline-flex items-center gap-1.5 font-medium ${tone}`}>
      <span
        aria-hidden="true"
        className={`inline-block size-2 bg-current ${isTier(by) ? 'rounded-full' : 'rounded-[2px]'}`}
      />
      {by}
    </span>
  )
}

export function StatusMark({ status }: { status: number }) {
  const tone = status === 0 || status >= 500 ? 'text-fail' : status >= 400 ? 'text-warn' : 'text-ink'
  return <span className={`font-mono font-medium ${tone}`}>{status === 0 ? '–' : status}</span>
}

const stateTones = {
  closed: 'text-live',
  'half-open': 'text-warn',
  open: 'text-fail',
} as const

export function CircuitMark({ state }: { state: keyof typeof stateTones }) {
  return (
    <span className={`inline-flex items-center gap-1.5 font-semibold ${stateTones[state]}`}>
      <svg
        aria-hidden="true"
        viewBox="0 0 20 10"
        className="h-2.5 w-5"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
      >
        <path d={state === 'closed' ? 'M0 7h20' : state === 'open' ? 'M0 7h6l8-6M14 7h6' : 'M0 7h6l8-3M14 7h6'} />
      </svg>
      {state}
    </span>
  )
}

/** A share as a bar; what it is stands beside it as text. */
export function Bar({ share, tone = 'bg-ink' }: { share: number | null; tone?: string }) {
  return (
    <span aria-hidden="true" className="block h-1.5 w-full overflow-hidden rounded-full bg-raised">
      <span
        className={`block h-full rounded-full ${tone}`}
        style={{ width: `${Math.max(0, Math.min(1, share ?? 0)) * 100}%` }}
      />
    </span>
  )
}

/** Shares of tiers in one bar, the rest empty. */
export function TierBar({ shares }: { shares: Readonly<Partial<Record<Tier, number>>> }) {
  const named = tiers.filter(tier => (shares[tier] ?? 0) > 0)
  return (
    <span className="flex h-2 w-full overflow-hidden rounded-full bg-raised" aria-hidden="true">
      {named.map(tier => (
        <span key={tier} className={tierFill[tier]} style={{ width: `${shares[tier]! * 100}%` }} />
      ))}
    </span>
  )
}

export function TierLegend() {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
      {tiers.map(tier => (
        <li key={tier} className="inline-flex items-center gap-1.5" title={tierMeaning[tier]}>
          <span aria-hidden="true" className={`inline-block size-2 rounded-full ${tierFill[tier]}`} />
          {tier}
        </li>
      ))}
    </ul>
  )
}

export function readinessTone(readiness: number | null, wanted: number): string {
  if (readiness === null) return 'text-muted'
  return readiness >= wanted ? 'text-live' : readiness >= wanted / 2 ? 'text-warn' : 'text-fail'
}
