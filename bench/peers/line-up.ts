// Who takes part: started when a scenario first wants them, kept for the scenarios that follow. Who does not come up, or
// does not answer, is left out with its reason; the others are measured all the same.
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { expectLive } from '../ask.js'
import type { Certificate } from '../nginx.js'
import type { Server } from '../processes.js'
import type { Contender } from './contender.js'
import type { LeftOut } from './results.js'

export interface Running {
  readonly name: string
  readonly server: Server
}

export interface Ready {
  readonly running: readonly Running[]
  readonly leftOut: readonly LeftOut[]
}

export class LineUp {
  readonly #contenders: readonly Contender[]
  readonly #originPort: number
  readonly #certificate: () => Promise<Certificate>
  readonly #started = new Map<string, Promise<Server>>()

  constructor(contenders: readonly Contender[], originPort: number, certificate: () => Promise<Certificate>) {
    this.#contenders = contenders
    this.#originPort = originPort
    this.#certificate = certificate
  }

  /** Everybody who gives a live answer to each of the paths. */
  async ready(paths: readonly string[], tls = false): Promise<Ready> {
    const running: Running[] = []
    const leftOut: LeftOut[] = []
    for (const contender of this.#contenders) {
      const { name, noTls } = contender
      if (tls && noTls !== undefined) {
        leftOut.push({ name, because: noTls })
        continue
      }
      try {
        const server = await this.#start(contender, tls)
        await expectLive(server.url, paths)
        running.push({ name, server })
      } catch (error) {
        leftOut.push({ name, because: reasonOf(error) })
      }
    }
    return { running, leftOut }
  }

  /** Ends everybody, and waits until they are gone. */
  async stop(): Promise<void> {
    const ends = [...this.#started.values()].map(async started => {
      // Who did not come up has nothing to end.
      const server = await started.catch(() => undefined)
      await server?.stop()
    })
    await Promise.all(ends)
  }

  #start(contender: Contender, tls: boolean): Promise<Server> {
    const key = `${contender.name} ${tls ? 'tls' : 'plain'}`
    let started = this.#started.get(key)
    if (started === undefined) {
      started = this.#startNow(contender, tls)
      this.#started.set(key, started)
    }
    return started
  }

  async #startNow(contender: Contender, tls: boolean): Promise<Server> {
    return contender.start({
      originPort: this.#originPort,
      ...(tls && { certificate: await this.#certificate() }),
    })
  }
}

const REASON_CHARS = 240

/** One line of what went wrong. Folders of this machine are nobody's business; of a long text the end says most. */
export function reasonOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).replaceAll(tmpdir(), '…').trim()
  const [first = '', ...rest] = text.split('\n')
  const more = rest.join(' ').replace(/\s+/g, ' ')
  const cut = more.length > REASON_CHARS ? `… ${more.slice(-REASON_CHARS)}` : more
  return `${first.slice(0, REASON_CHARS)} ${cut}`.trim()
}

/** What of its needs is neither a program of this machine nor a package of this project. */
export function lacking(needs: readonly string[] | undefined, programs: ReadonlySet<string>): string[] {
  return (needs ?? []).filter(need => !programs.has(need) && !isPackage(need))
}

function isPackage(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
}
