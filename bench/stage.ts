// What the scenarios play on: origins and proxies, started when the first scenario asks for them and shared by all.
import { type Nginx, startNginx } from './nginx.js'
import { type Origin, type ProxyProcess, startOrigin, startProxy, temporaryFolder } from './processes.js'

export interface Stage {
  /** For what a run writes. */
  readonly folder: string
  /** Lives for the whole run. */
  origin(): Promise<Origin>
  /** Dies when all who want to learn from it have done so. */
  dyingOrigin(): Promise<Origin>
  /** Before `dyingOrigin`, learns all that ghosts need, is never used for anything else. */
  ghostProxy(): Promise<ProxyProcess>
  /** Before `origin`. `capture` off: forwards only. */
  proxy(capture: 'on' | 'off'): Promise<ProxyProcess>
  nginx(): Promise<Nginx>
}

export function openStage(): Stage {
  const origin = once(() => startOrigin())
  const dyingOrigin = once(() => startOrigin())
  const learning = once(async () => startProxy((await origin()).url, {}))
  const forwarding = once(async () => startProxy((await origin()).url, { CHAOS_CAPTURE: 'off' }))
  return {
    folder: temporaryFolder(),
    origin,
    dyingOrigin,
    ghostProxy: once(async () => startProxy((await dyingOrigin()).url, {})),
    proxy: capture => (capture === 'on' ? learning() : forwarding()),
    nginx: once(async () => startNginx((await origin()).port, (await dyingOrigin()).port)),
  }
}

function once<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined
  return () => {
    started ??= start()
    return started
  }
}
