// What all measurements of the engines need of servers and of proxies that use them.
import { setTimeout as sleep } from 'node:timers/promises'
import type { HistoryStatus } from '../../core/contract/history.js'
import type { SharedStatus } from '../../core/contract/shared.js'
import { services } from '../../scripts/services/known.js'
import type { RunningService, ServiceName } from '../../scripts/services/service.js'

export interface Stores {
  readonly shared: SharedStatus
  readonly history: HistoryStatus
}

const READY_WITHIN_MS = 30_000
const LOOK_MS = 50

/** Rejects where the machine cannot have it: what was not measured was not kept. */
export async function withServices<T>(
  names: readonly ServiceName[],
  run: (servers: readonly RunningService[]) => Promise<T>,
): Promise<T> {
  const servers: RunningService[] = []
  try {
    for (const name of names) {
      const missing = services[name].missing()
      if (missing !== '') throw new Error(missing)
      servers.push(await services[name].start())
    }
    return await run(servers)
  } finally {
    for (const server of servers) await server.stop()
  }
}

/** Resolves when `isSo` says so of the stores of a proxy; rejects after `withinMs`, which may be long on a busy machine. */
export async function untilStores(
  ask: () => Promise<{ readonly stores: Stores }>,
  isSo: (stores: Stores) => boolean,
  withinMs = READY_WITHIN_MS,
): Promise<Stores> {
  for (const end = performance.now() + withinMs; ; await sleep(LOOK_MS)) {
    const { stores } = await ask()
    if (isSo(stores)) return stores
    if (performance.now() > end)
      throw new Error(`after ${withinMs / 1000} s the stores were not as awaited: ${JSON.stringify(stores)}`)
  }
}

export function isShared({ shared }: Stores): boolean {
  return shared.state === 'up' && !shared.catchingUp
}
