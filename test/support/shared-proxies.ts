// What tests of several instances ask of them again and again.
import type { SharedStatus } from '../../core/contract/shared.js'
import type { Reply, Proxy as RunningProxy } from './proxy.js'

export interface HealthStatus {
  readonly health: { readonly colour: 'green' | 'yellow'; readonly because: readonly string[] }
  readonly stores: { readonly shared: SharedStatus }
}

export function isGhost({ headers }: Reply): boolean {
  return typeof headers['x-ghost'] === 'string' && headers['x-ghost'] !== 'none'
}

/** Asks until `enough`, at most `forMs`. For what must come true soon but at no certain moment. */
export async function until<T>(ask: () => Promise<T>, enough: (found: T) => boolean, forMs = 45_000): Promise<T> {
  const end = Date.now() + forMs
  for (;;) {
    const found = await ask()
    if (enough(found) || Date.now() > end) return found
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

export async function sharedOf(proxy: RunningProxy): Promise<SharedStatus> {
  const { shared } = (await proxy.admin<HealthStatus & Record<string, unknown>>('/api/status')).stores
  return { ...shared, problem: shared.problem ?? undefined }
}

/** Resolves when it shares, or after a while with why it does not. */
export function isUp(proxy: RunningProxy): Promise<SharedStatus> {
  return until(
    () => sharedOf(proxy),
    ({ state, catchingUp }) => state === 'up' && !catchingUp,
  )
}
