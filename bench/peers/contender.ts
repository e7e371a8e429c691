// What is measured: a proxy that can be started before an origin, and how it is run.
import type { Certificate } from '../nginx.js'
import type { Server } from '../processes.js'

export interface Stand {
  readonly originPort: number
  /** The contender speaks TLS with it. */
  readonly certificate?: Certificate
}

export interface Contender {
  readonly name: string
  /** For the reader of the results: workers, and what was tuned. */
  readonly runs: string
  /** Programs on PATH and npm packages without which it is left out. */
  readonly needs?: readonly string[]
  /** Why it is left out where TLS is measured. */
  readonly noTls?: string
  start(stand: Stand): Promise<Server>
}

/** A cache or a ghost before an origin that will be killed. */
export interface GhostContender extends Pick<Contender, 'name' | 'runs' | 'needs'> {
  start(originPort: number): Promise<GhostServer>
}

export interface GhostServer extends Server {
  /** Where it tells when it has learned; undefined where there is nothing to wait for. */
  readonly adminUrl?: string
}
