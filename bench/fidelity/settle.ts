// Waits until the proxy has learned what it was shown, then asks how good it believes its ghosts to be.
import { setTimeout as pause } from 'node:timers/promises'
import type { PromisedRoute } from './asked-for.js'
import type { BeforeTheKill } from './results.js'

export interface SettlePace {
  readonly pollMs: number
  /** Polls in a row that found nothing pending and nothing changed: what was learned also has to reach the edges. */
  readonly quietPolls: number
  readonly maxPolls: number
}

const pace: SettlePace = { pollMs: 250, quietPolls: 8, maxPolls: 480 }

/** Throws where the admin port does not answer; still learning when the wait is over is said, not thrown. */
export async function settle(
  adminUrl: string,
  { pollMs, quietPolls, maxPolls }: SettlePace = pace,
): Promise<BeforeTheKill> {
  const startedAt = Date.now()
  let learning: Readonly<Record<string, unknown>> = {}
  let before = ''
  let quiet = 0
  for (let poll = 0; poll < maxPolls && quiet < quietPolls; poll++) {
    if (poll > 0) await pause(pollMs)
    const reply = await fetch(`${adminUrl}/api/learning`)
    if (!reply.ok) throw new Error(`${adminUrl}/api/learning answered ${reply.status}; is this a Chaos-Proxy?`)
    const text = await reply.text()
    learning = JSON.parse(text) as Record<string, unknown>
    quiet = learning.pending === 0 && text === before ? quiet + 1 : 0
    before = text
  }
  const waitedMs = Date.now() - startedAt
  return { settled: quiet >= quietPolls, waitedMs, learning, ...(await readinessOf(adminUrl)) }
}

async function readinessOf(adminUrl: string): Promise<Omit<BeforeTheKill, 'settled' | 'waitedMs' | 'learning'>> {
  const reply = await fetch(`${adminUrl}/api/readiness`)
  const text = await reply.text()
  if (!reply.ok) return { readiness: null }
  const { overall, repeated, unseen, unstorable, routes } = JSON.parse(text) as Record<string, unknown>
  return {
    readiness: typeof overall === 'number' ? overall : null,
    ...numberAs('repeated', repeated, 'readiness'),
    ...numberAs('unseen', unseen, 'readiness'),
    ...numberAs('repeatedShare', repeated, 'share'),
    ...(typeof unstorable === 'number' ? { unstorable } : {}),
    ...(Array.isArray(routes) ? { routes: routes as PromisedRoute[] } : {}),
  }
}

function numberAs(name: string, part: unknown, member: string): Record<string, number> {
  const value = (part as Record<string, unknown> | undefined)?.[member]
  return typeof value === 'number' ? { [name]: value } : {}
}
