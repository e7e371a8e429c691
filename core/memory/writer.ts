// thread: learner
// Writes the memory: what the one writer may do besides.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Exemplar, MemoryErasure, MemoryRow, StoredVector, Tombstone } from '../contract/memory.js'
import type { Template } from '../contract/template.js'
import { decodeExemplar, decodeVector, encodeExemplar, encodeVector } from './exemplar-codec.js'
import { LmdbReader } from './reader.js'
import { scrubFile, snapshotsOf } from './scrub.js'
import type { Tables } from './tables.js'

/** When the bound is passed, so many exemplars are looked at and the older half of them goes (as Redis does it). */
const EVICTION_SAMPLE = 64
/** Bounds the work of one batch; what is still too much then goes with the next. */
const EVICTION_ROUNDS = 16
/** Of which a file knows at most: the last two, and the one that is known to be on the disk. */
const SNAPSHOTS = 3
/** Readers hold a snapshot for a turn of their event loop. */
const OLD_READERS_MS = 10_000
const OLD_READERS_LOOK_MS = 10

export interface WriterOptions {
  /** Bound of exemplars and vectors together, about; above nine tenths of it the least recently seen are forgotten. */
  readonly maxBytes: number
  /** Texts whose exemplar was forgotten: their vectors are gone from the memory, and should go from the index. */
  readonly forgotten?: (textKeys: readonly string[]) => void
}

export class LmdbWriter extends LmdbReader implements MemoryErasure {
  readonly #file: string
  readonly #options: WriterOptions
  /** Octets of exemplars and vectors, about; kept in `state` so that nothing needs to be counted at start. */
  #counts: { exemplars: number; vectors: number; bytes: number }
  #forgotten: string[] = []

  constructor(tables: Tables, file: string, options: WriterOptions) {
    super(tables)
    this.#file = file
    this.#options = options
    this.#counts = {
      exemplars: tables.exemplars.count,
      vectors: tables.vectors.count,
      bytes: Number(this.state('bytes') ?? 0),
    }
  }

  async batch(work: () => void): Promise<void> {
    let before = this.#counts
    try {
      // A child: only these are undone when `work` throws. A plain transaction would commit what came before the throw.
      await this.tables.root.childTransaction(() => {
        before = { ...this.#counts }
        work()
        this.#evict()
        this.putState('bytes', String(this.#counts.bytes))
      })
    } catch (error) {
      this.#counts = before
      this.#forgotten = []
      throw error
    }
    const forgotten = this.#forgotten
    this.#forgotten = []
    if (forgotten.length > 0) this.#options.forgotten?.(forgotten)
  }

  /** What this thread wrote it sees without a new view, within a batch as well. */
  override exemplar(key: string): Exemplar | Tombstone | undefined {
    // No view: the learner keeps what it reads over the next reads.
    const bytes = this.tables.exemplars.get(key)
    return bytes === undefined ? undefined : decodeExemplar(bytes)
  }

  putExemplar(exemplar: Exemplar): void {
    const { key, path, routeId } = exemplar
    const bytes = encodeExemplar(exemplar)
    const old = this.tables.exemplars.get(key)
    if (old === undefined) {
      this.#counts.exemplars += 1
      this.#counts.bytes += this.tables.exemplars.moreBytes
    }
    this.#counts.bytes += bytes.length - (old?.length ?? 0)
    this.tables.exemplars.put(key, bytes)
    this.tables.keysOfPath.put(pathKey(path), key)
    const before = old === undefined ? undefined : decodeExemplar(old)
    if (before !== undefined && !('gone' in before) && before.routeId !== routeId) {
      this.tables.keysOfRoute.remove(before.routeId, key)
    }
    this.tables.keysOfRoute.put(routeId, key)
  }

  putVary(baseKey: string, fields: readonly string[]): void {
    this.tables.vary.put(baseKey, Buffer.from(JSON.stringify(fields)))
  }

  putTemplate(template: Template): void {
    this.tables.templates.put(template.routeId, Buffer.from(JSON.stringify(template)))
  }

  removeTemplate(routeId: string): void {
    this.tables.templates.remove(routeId)
  }

  bury(path: string, tombstone: Tombstone, query?: string, seenUntil = Number.POSITIVE_INFINITY): number {
    const bytes = encodeExemplar(tombstone)
    let buried = 0
    for (const key of this.tables.keysOfPath.of(pathKey(path))) {
      const old = this.tables.exemplars.get(key)
      if (old === undefined) {
        this.tables.keysOfPath.remove(pathKey(path), key)
        continue
      }
      const before = decodeExemplar(old)
      if (query !== undefined && ('gone' in before || before.query !== query)) continue
      if (seenAt(before) > seenUntil) continue
      // Of two writes the later one is remembered, in whatever order they are told.
      if ('gone' in before && before.at > tombstone.at) continue
      if (!('gone' in before)) this.tables.keysOfRoute.remove(before.routeId, key)
      this.#counts.bytes += bytes.length - old.length
      this.tables.exemplars.put(key, bytes)
      buried += 1
    }
    return buried
  }

  stale(key: string, at: number): boolean {
    const old = this.tables.exemplars.get(key)
    const exemplar = old === undefined ? undefined : decodeExemplar(old)
    if (old === undefined || exemplar === undefined || 'gone' in exemplar) return false
    // Since the first of several writes.
    if (exemplar.staleAt !== undefined) return true
    const bytes = encodeExemplar({ ...exemplar, staleAt: at })
    this.#counts.bytes += bytes.length - old.length
    this.tables.exemplars.put(key, bytes)
    return true
  }

  remove(key: string): void {
    const bytes = this.tables.exemplars.get(key)
    if (bytes !== undefined) this.#forget(key, bytes.length, decodeExemplar(bytes))
  }

  exemplarsOf(routeId: string, limit: number): Exemplar[] {
    const found: Exemplar[] = []
    for (const key of this.tables.keysOfRoute.of(routeId, limit)) {
      const exemplar = this.exemplar(key)
      if (exemplar !== undefined && !('gone' in exemplar)) found.push(exemplar)
    }
    return found
  }

  exemplarsAt(path: string): Exemplar[] {
    return this.tables.keysOfPath.of(pathKey(path)).flatMap(key => {
      const exemplar = this.exemplar(key)
      return exemplar === undefined || 'gone' in exemplar ? [] : [exemplar]
    })
  }

  putVector(stored: StoredVector): void {
    const key = vectorKey(stored.embedder, stored.textKey)
    const bytes = encodeVector(stored)
    const old = this.tables.vectors.get(key)
    if (old === undefined) {
      this.#counts.vectors += 1
      this.#counts.bytes += this.tables.vectors.moreBytes
    }
    this.#counts.bytes += bytes.length - (old?.length ?? 0)
    this.tables.vectors.put(key, bytes)
    this.tables.textsOfKey.put(stored.exemplarKey, key)
  }

  *vectors(embedder: string): Iterable<StoredVector> {
    for (const { octets } of this.tables.vectors.group(`${embedder}\n`)) yield decodeVector(octets)
  }

  hasVector(embedder: string, textKey: string): boolean {
    return this.tables.vectors.has(vectorKey(embedder, textKey))
  }

  state(name: string): string | undefined {
    return this.tables.state.get(name)?.toString()
  }

  *states(prefix: string): Iterable<string> {
    for (const { octets } of this.tables.state.group(prefix)) yield octets.toString()
  }

  putState(name: string, json: string): void {
    this.tables.state.put(name, Buffer.from(json))
  }

  removeState(name: string): void {
    this.tables.state.remove(name)
  }

  counts(): { exemplars: number; vectors: number; bytes: number } {
    return { ...this.#counts }
  }

  *rows(): Iterable<MemoryRow> {
    const { exemplars, templates, vectors, state, keysOfPath, keysOfRoute } = this.tables
    for (const { name: key, octets } of exemplars.all())
      yield { table: 'exemplars', key, stored: decodeExemplar(octets) }
    for (const { name: key, octets } of templates.all())
      yield { table: 'templates', key, template: JSON.parse(octets.toString()) as Template }
    for (const { name: key, octets } of vectors.all()) yield { table: 'vectors', key, stored: decodeVector(octets) }
    for (const { name: key, octets } of state.all()) yield { table: 'state', key, json: octets.toString() }
    for (const key of keysOfPath.all()) yield { table: 'keys-of-path', key }
    for (const key of keysOfRoute.all()) yield { table: 'keys-of-route', key }
  }

  erase({ table, key }: MemoryRow): void {
    switch (table) {
      case 'exemplars':
        this.remove(key)
        break
      case 'templates':
        this.removeTemplate(key)
        break
      case 'vectors':
        this.#removeVector(key)
        break
      case 'state':
        this.removeState(key)
        break
      case 'keys-of-path':
        this.tables.keysOfPath.removePair(key)
        break
      case 'keys-of-route':
        this.tables.keysOfRoute.removePair(key)
        break
    }
  }

  async scrub(): Promise<number> {
    const { root } = this.tables
    for (let i = 0; i < SNAPSHOTS; i++) {
      await root.childTransaction(() => this.putState('scrubbed', String(i)))
      await root.flushed
    }
    // A reader with an older snapshot would find its pages empty.
    const [oldest = 0n] = snapshotsOf(this.#file)
    const until = performance.now() + OLD_READERS_MS
    for (;;) {
      root.resetReadTxn()
      root.readerCheck()
      const readers = [...root.readerList().matchAll(/^ *\d+ +\S+ +(\d+)/gm)].map(([, transaction]) =>
        BigInt(transaction!),
      )
      if (readers.every(transaction => transaction >= oldest)) return scrubFile(this.#file)
      if (performance.now() > until)
        throw new Error(
          'somebody holds the memory as it was before (an export, or a process that hangs): end that, and ask once more',
        )
      await sleep(OLD_READERS_LOOK_MS)
    }
  }

  /** Over the bound, what was not seen for longest goes first, judged within samples. */
  #evict(): void {
    const limit = this.#options.maxBytes * 0.9
    for (let round = 0; this.#counts.bytes > limit && round < EVICTION_ROUNDS; round++) {
      const sample = this.#sample()
      if (sample.length === 0) return
      sample.sort((a, b) => seenAt(a.stored) - seenAt(b.stored))
      for (const { key, bytes, stored } of sample.slice(0, Math.ceil(sample.length / 2))) {
        if (this.#counts.bytes <= limit) return
        this.#forget(key, bytes, stored)
      }
    }
  }

  /** Neighbours by key, which is a hash: as good as drawn one by one. From a random place on, and around the end. */
  #sample(): { key: string; bytes: number; stored: Exemplar | Tombstone }[] {
    const sample = new Map<string, { key: string; bytes: number; stored: Exemplar | Tombstone }>()
    for (const start of [randomBytes(6).toString('base64url'), '']) {
      for (const { name: key, octets } of this.tables.exemplars.from(start, EVICTION_SAMPLE - sample.size))
        sample.set(key, { key, bytes: octets.length, stored: decodeExemplar(octets) })
      if (sample.size >= EVICTION_SAMPLE) break
    }
    return [...sample.values()]
  }

  #removeVector(key: string): void {
    const vector = this.tables.vectors.get(key)
    if (vector === undefined) return
    this.#counts.bytes -= vector.length + this.tables.vectors.moreBytes
    this.#counts.vectors -= 1
    this.tables.vectors.remove(key)
  }

  #forget(key: string, bytes: number, stored: Exemplar | Tombstone): void {
    this.tables.exemplars.remove(key)
    this.#counts.bytes -= bytes + this.tables.exemplars.moreBytes
    this.#counts.exemplars -= 1
    if (!('gone' in stored)) {
      this.tables.keysOfPath.remove(pathKey(stored.path), key)
      this.tables.keysOfRoute.remove(stored.routeId, key)
    }
    for (const text of this.tables.textsOfKey.of(key)) {
      this.#removeVector(text)
      this.tables.textsOfKey.remove(key, text)
      this.#forgotten.push(text.slice(text.indexOf('\n') + 1))
    }
  }
}

function seenAt(stored: Exemplar | Tombstone): number {
  return 'gone' in stored ? stored.at : stored.lastSeenAt
}

/** LMDB keys are bounded (1,978 octets here), paths are not. */
function pathKey(path: string): string {
  return path.length <= 400 ? path : `${path.slice(0, 300)}…${path.length}:${checksum(path)}`
}

function checksum(text: string): string {
  let hash = 0xcbf29ce484222325n
  for (let i = 0; i < text.length; i++)
    hash = ((hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n) & 0xffffffffffffffffn
  return hash.toString(16)
}

function vectorKey(embedder: string, textKey: string): string {
  return `${embedder}\n${textKey}`
}
