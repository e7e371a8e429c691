// thread: main
// The door to the other instances: joined where there is a Redis, left and joined again around a hand-over. The key of
// credentials is that of all of them.
import type { Brain } from '../../brain/pool.js'
import type { SealingKeys } from '../contract/sealing.js'
import type { Settings } from '../contract/settings.js'
import type { DataDir } from '../data/data-dir.js'
import type { Forgetter } from '../forget/forgetter.js'
import type { CircuitHints } from '../health/circuit-hints.js'
import type { Log } from '../log/log.js'
import type { Scopes } from '../record/scope.js'
import { openSharedDoor, type SharedDoor } from '../shared/shared-door.js'
import type { Edges } from '../threads/edges.js'

/** Longest wait of a start for the first word of Redis; it goes on by itself. */
const JOIN_MS = 1000

export interface OtherInstancesParts {
  readonly settings: Settings
  readonly dataDir: DataDir
  /** What the memory is encrypted with; undefined: it is not. */
  readonly memoryKeys: SealingKeys | undefined
  /** What is shared is encrypted with them; undefined: it is not. */
  readonly sharedKeys: SealingKeys | undefined
  readonly scopes: Scopes
  readonly brain: Brain
  readonly edges: Pick<Edges, 'sendAll'>
  readonly hints: CircuitHints
  readonly log: Log
}

export class OtherInstances {
  readonly #parts: OtherInstancesParts
  #door: SharedDoor | undefined
  #scopeKey: Buffer
  /** Called when there is one: others may ask before all is there that is to be searched. */
  forgetBy: (forgetter: Forgetter) => void = () => {}
  readonly #forgetter = new Promise<Forgetter>(resolve => {
    this.forgetBy = resolve
  })

  constructor(parts: OtherInstancesParts) {
    this.#parts = parts
    this.#scopeKey = parts.dataDir.scopeKey
  }

  /** Undefined: this instance learns alone. */
  get door(): SharedDoor | undefined {
    return this.#door
  }

  /** Keys the hashes of credentials. */
  get scopeKey(): Buffer {
    return this.#scopeKey
  }

  /** Nothing where it has joined, or there is no Redis. */
  join(): void {
    const { settings, dataDir, memoryKeys, sharedKeys, brain, hints, log } = this.#parts
    if (settings.redisUrl === '') return
    this.#door ??= openSharedDoor({
      url: settings.redisUrl,
      prefix: settings.redisPrefix,
      maxBytes: settings.redisMaxBytes,
      scopeKey: this.#scopeKey,
      isScopeKeySet: settings.scopeKey !== '',
      memoryDir: dataDir.memory,
      memoryKeys,
      sharedKeys,
      log,
      learn: (bytes, position) => brain.learnShared(bytes, position),
      grades: () => brain.grades(),
      adoptGrades: json => brain.adoptGrades(json),
      onScopeKey: key => this.#rekey(key),
      onCircuits: circuits => hints.hear(circuits),
      onForget: async forgetting => (await this.#forgetter).heard(forgetting),
    })
  }

  /** Resolves when joining has worked or failed, or has taken too long for a start to wait. */
  async tried(): Promise<void> {
    await this.#door?.tried(JOIN_MS)
  }

  /** Another process goes on with them, or this one does when it joins again. */
  async leave(): Promise<void> {
    await this.#door?.close()
    this.#door = undefined
  }

  #rekey(key: Buffer): void {
    const { dataDir, scopes, edges, log } = this.#parts
    this.#scopeKey = key
    scopes.rekey(key)
    dataDir.keepSharedScopeKey(key)
    edges.sendAll({ kind: 'scope-key', key })
    log.info(
      {},
      'credentials are hashed under the key of the other instances; what was learned under them before is not found any more',
    )
  }
}
