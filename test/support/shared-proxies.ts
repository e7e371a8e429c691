// What tests of several instances ask of them again and again.
import type { SharedStatus } from '../../core/contract/shared.js'
import { patience } from './patience.js'
import type { Reply, Proxy as RunningProxy } from './proxy.js'

export interface HealthStatus {
  readonly health: { readonly colour: 'green' | 'yellow'; readonly because: readonly string[] }
  readonly stores: { readonly shared: SharedStatus }
}

export function isGhost({ headers }: Reply): boolean {
  return typeof headers['x-ghost'] === 'string' && headers['x-ghost'] !== 'none'
}

export const until = patience(45_000)

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
