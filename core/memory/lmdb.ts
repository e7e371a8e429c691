// thread: any
// The embedded memory: LMDB, one writer (the learner), any number of threads that read without locks. The only file that
// knows the package.
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, open, type RootDatabase } from 'lmdb'
import type {
  Exemplar,
  MemoryErasure,
  MemoryReader,
  MemoryRow,
  MemoryScanner,
  StoredVector,
  Tombstone,
} from '../contract/memory.js'
import type { Template } from '../contract/template.js'
import { DecodedExemplars } from './decoded-exemplars.js'
import { decodeExemplar, decodeVector, encodeExemplar, encodeVector } from './exemplar-codec.js'
import { checkFile, codeOf, MemoryError, resetRemedy, setAsideDamaged } from './memory-file.js'
import { scrubFile, snapshotsOf } from './scrub.js'

export { isDamage, MemoryError, type MemoryErrorCode, resetMemory } from './memory-file.js'

/** Grows when the layout changes; a file of another version is never guessed at. */
export const DATA_VERSION = 1
/** Exemplars kept decoded, a thread. */
const DECODED_BYTES = 8 << 20
const FILE = 'memory.mdb'
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

/** Throws a {@link MemoryError} where there is something that cannot be used; it changes nothing of it then. */
export function openWriter(dir: string, options: WriterOptions): MemoryErasure {
  return new LmdbWriter(openDatabases(dir), join(dir, FILE), options)
}

/**
 * To be called before anybody opens it: one that is damaged is moved aside, so that a new one can be begun. Where to; undefined:
 * it is as it should be.
 */
export function setAsideIfDamaged(dir: string): string | undefined {
  return setAsideDamaged(dir, join(dir, FILE))
}

/** Any thread, also before there is a writer. Exemplars are as new as the last commit, the rest as this turn of the event loop. */
export function openReader(dir: string): MemoryReader {
  return new LmdbReader(openDatabases(dir))
}

export function openScanner(dir: string): MemoryScanner {
  const { root, exemplars, state } = openDatabases(dir)
  return {
    state: name => state.get(name),
    after: (key, limit) =>
      [...exemplars.getRange({ start: `${key}\0`, limit })].map(({ key, value }) => ({
        key,
        // A view of the file ends with this turn.
        stored: decodeExemplar(Buffer.from(value)),
      })),
    close: () => root.close(),
  }
}

/** Names of all tables, in the order in which they are copied. */
export const tables = [
  'exemplars',
  'vary',
  'templates',
  'keys-of-path',
  'keys-of-route',
  'vectors',
  'texts-of-key',
  'state',
] as const
export type Table = (typeof tables)[number]

/** A memory as rows of octets, for a copy of it. */
export interface MemoryRows {
  /** All there were when it was asked, whatever is written meanwhile. */
  rows(): Iterable<{ readonly table: Table; readonly key: string; readonly value: Buffer }>
  /** Resolves when they are in the file, all of them or none. */
  put(rows: readonly { readonly table: Table; readonly key: string; readonly value: Buffer }[]): Promise<void>
  /** Other processes that have it open. */
  users(): number[]
  close(): Promise<void>
}

/** Throws a {@link MemoryError} where it is none of this release. */
export function openRows(dir: string): MemoryRows {
  const { root, state } = openDatabases(dir)
  const raw = new Map(tables.map(name => [name, root.openDB<Buffer, string>({ name, encoding: 'binary' })]))
  return {
    *rows() {
      // biome-ignore lint/correctness/useHookAtTopLevel: it is no hook of React.
      const transaction = root.useReadTransaction()
      try {
        for (const [table, db] of raw)
          for (const { key, value } of db.getRange({ transaction })) yield { table, key, value: Buffer.from(value) }
      } finally {
        transaction.done()
      }
    },
    put: rows =>
      root.childTransaction(() => {
        for (const { table, key, value } of rows) void raw.get(table)!.put(key, value)
      }),
    users: () => {
      // Only who reads is in the list.
      state.get('version')
      root.readerCheck()
      const found = [...root.readerList().matchAll(/^ *(\d+) /gm)].map(([, pid]) => Number(pid))
      return [...new Set(found)].filter(pid => pid !== process.pid)
    },
    close: () => root.close(),
  }
}

interface Databases {
  readonly root: RootDatabase
  /** key → exemplar or tombstone */
  readonly exemplars: Database<Buffer, string>
  /** base key → request fields that select */
  readonly vary: Database<string[], string>
  /** route id → template */
  readonly templates: Database<Template, string>
  /** path and exemplar key */
  readonly keysOfPath: Pairs
  /** route id and exemplar key */
  readonly keysOfRoute: Pairs
  /** embedder and text key → vector */
  readonly vectors: Database<Buffer, string>
  /** exemplar key and key of a vector */
  readonly textsOfKey: Pairs
  readonly state: Database<string, string>
}

/**
 * Which values belong to a name. Pairs as keys, for the package cannot be trusted with several values of one key: within a
 * transaction its `getValues` decodes octets that are no key, and throws now and then (3.5.6).
 */
class Pairs {
  readonly #keys: Database<string, string>

  constructor(keys: Database<string, string>) {
    this.#keys = keys
  }

  put(name: string, value: string): void {
    void this.#keys.put(`${name}\n${value}`, '')
  }

  remove(name: string, value: string): void {
    void this.#keys.remove(`${name}\n${value}`)
  }

  all(): Iterable<string> {
    return this.#keys.getKeys()
  }

  /** As {@link all} names it. */
  removePair(pair: string): void {
    void this.#keys.remove(pair)
  }

  of(name: string, limit = Number.POSITIVE_INFINITY): string[] {
    const range = { start: `${name}\n`, end: `${name}\n\uffff`, limit }
    return [...this.#keys.getKeys(range)].map(key => key.slice(name.length + 1))
  }
}

function openDatabases(dir: string): Databases {
  const file = join(dir, FILE)
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new MemoryError(
      'not-accessible',
      dir,
      'give this user the right to write there, or set CHAOS_DATA_DIR to another folder',
      `cannot be made (${codeOf(error)})`,
    )
  }
  checkFile(file)
  try {
    const root = open({ path: file, maxDbs: 16, encoding: 'string' })
    const dbs: Databases = {
      root,
      exemplars: root.openDB({ name: 'exemplars', encoding: 'binary' }),
      vary: root.openDB({ name: 'vary', encoding: 'json' }),
      templates: root.openDB({ name: 'templates', encoding: 'json' }),
      keysOfPath: new Pairs(root.openDB({ name: 'keys-of-path', encoding: 'string' })),
      keysOfRoute: new Pairs(root.openDB({ name: 'keys-of-route', encoding: 'string' })),
      vectors: root.openDB({ name: 'vectors', encoding: 'binary' }),
      textsOfKey: new Pairs(root.openDB({ name: 'texts-of-key', encoding: 'string' })),
      state: root.openDB({ name: 'state', encoding: 'string' }),
    }
    checkVersion(dbs, file)
    return dbs
  } catch (error) {
    if (error instanceof MemoryError) throw error
    throw codeOf(error) === 'EACCES'
      ? new MemoryError('not-accessible', file, 'give this user the right to write it', 'cannot be opened (EACCES)')
      : new MemoryError('damaged', file, resetRemedy, `cannot be opened (${codeOf(error)})`)
  }
}

function checkVersion({ root, state }: Databases, file: string): void {
  const version = state.get('version')
  if (version === undefined || version === String(DATA_VERSION)) return
  void root.close()
  const problem = `has data version ${version}, this release reads ${DATA_VERSION}`
  throw new MemoryError('other-version', file, `use the release that wrote it, or ${resetRemedy}`, problem)
}

class LmdbReader implements MemoryReader {
  protected readonly dbs: Databases
  readonly #decoded = new DecodedExemplars(DECODED_BYTES)

  constructor(dbs: Databases) {
    this.dbs = dbs
  }

  exemplar(key: string): Exemplar | Tombstone | undefined {
    // The package keeps one view of the file for a turn of the event loop or longer. A tombstone must be seen at once: what
    // it buries is known to be untrue.
    this.dbs.root.resetReadTxn()
    // The fast read is a view on a buffer that the next read overwrites, with a length of its own.
    const bytes = this.dbs.exemplars.getBinaryFast(key)
    return bytes === undefined ? undefined : this.#decoded.of(key, bytes, bytes.length)
  }

  vary(baseKey: string): readonly string[] | undefined {
    return this.dbs.vary.get(baseKey)
  }

  template(routeId: string): Template | undefined {
    return this.dbs.templates.get(routeId)
  }

  async close(): Promise<void> {
    await this.dbs.root.close()
  }
}

class LmdbWriter extends LmdbReader implements MemoryErasure {
  readonly #file: string
  readonly #options: WriterOptions
  /** Octets of exemplars and vectors, about; kept in `state` so that nothing needs to be counted at start. */
  #counts: { exemplars: number; vectors: number; bytes: number }
  #forgotten: string[] = []

  constructor(dbs: Databases, file: string, options: WriterOptions) {
    super(dbs)
    this.#file = file
    this.#options = options
    if (dbs.state.get('version') === undefined) dbs.state.putSync('version', String(DATA_VERSION))
    this.#counts = {
      exemplars: dbs.exemplars.getCount(),
      vectors: dbs.vectors.getCount(),
      bytes: Number(dbs.state.get('bytes') ?? 0),
    }
  }

  async batch(work: () => void): Promise<void> {
    let before = this.#counts
    try {
      // A child: only these are undone when `work` throws. A plain transaction would commit what came before the throw.
      await this.dbs.root.childTransaction(() => {
        before = { ...this.#counts }
        work()
        this.#evict()
        void this.dbs.state.put('bytes', String(this.#counts.bytes))
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
    // getBinary, not getBinaryFast: the learner keeps what it reads over the next reads.
    const bytes = this.dbs.exemplars.getBinary(key)
    return bytes === undefined ? undefined : decodeExemplar(bytes)
  }

  putExemplar(exemplar: Exemplar): void {
    const { key, path, routeId } = exemplar
    const bytes = encodeExemplar(exemplar)
    const old = this.dbs.exemplars.getBinary(key)
    if (old === undefined) this.#counts.exemplars += 1
    this.#counts.bytes += bytes.length - (old?.length ?? 0)
    void this.dbs.exemplars.put(key, bytes)
    this.dbs.keysOfPath.put(pathKey(path), key)
    const before = old === undefined ? undefined : decodeExemplar(old)
    if (before !== undefined && !('gone' in before) && before.routeId !== routeId) {
      this.dbs.keysOfRoute.remove(before.routeId, key)
    }
    this.dbs.keysOfRoute.put(routeId, key)
  }

  putVary(baseKey: string, fields: readonly string[]): void {
    void this.dbs.vary.put(baseKey, [...fields])
  }

  putTemplate(template: Template): void {
    void this.dbs.templates.put(template.routeId, template)
  }

  removeTemplate(routeId: string): void {
    void this.dbs.templates.remove(routeId)
  }

  bury(path: string, tombstone: Tombstone, query?: string, seenUntil = Number.POSITIVE_INFINITY): number {
    const bytes = encodeExemplar(tombstone)
    let buried = 0
    for (const key of this.dbs.keysOfPath.of(pathKey(path))) {
      const old = this.dbs.exemplars.getBinary(key)
      if (old === undefined) {
        this.dbs.keysOfPath.remove(pathKey(path), key)
        continue
      }
      const before = decodeExemplar(old)
      if (query !== undefined && ('gone' in before || before.query !== query)) continue
      if (seenAt(before) > seenUntil) continue
      // Of two writes the later one is remembered, in whatever order they are told.
      if ('gone' in before && before.at > tombstone.at) continue
      if (!('gone' in before)) this.dbs.keysOfRoute.remove(before.routeId, key)
      this.#counts.bytes += bytes.length - old.length
      void this.dbs.exemplars.put(key, bytes)
      buried += 1
    }
    return buried
  }

  stale(key: string, at: number): boolean {
    const old = this.dbs.exemplars.getBinary(key)
    const exemplar = old === undefined ? undefined : decodeExemplar(old)
    if (old === undefined || exemplar === undefined || 'gone' in exemplar) return false
    // Since the first of several writes.
    if (exemplar.staleAt !== undefined) return true
    const bytes = encodeExemplar({ ...exemplar, staleAt: at })
    this.#counts.bytes += bytes.length - old.length
    void this.dbs.exemplars.put(key, bytes)
    return true
  }

  remove(key: string): void {
    const bytes = this.dbs.exemplars.getBinary(key)
    if (bytes !== undefined) this.#forget(key, bytes.length, decodeExemplar(bytes))
  }

  exemplarsOf(routeId: string, limit: number): Exemplar[] {
    const found: Exemplar[] = []
    for (const key of this.dbs.keysOfRoute.of(routeId, limit)) {
      const exemplar = this.exemplar(key)
      if (exemplar !== undefined && !('gone' in exemplar)) found.push(exemplar)
    }
    return found
  }

  exemplarsAt(path: string): Exemplar[] {
    return this.dbs.keysOfPath.of(pathKey(path)).flatMap(key => {
      const exemplar = this.exemplar(key)
      return exemplar === undefined || 'gone' in exemplar ? [] : [exemplar]
    })
  }

  putVector(stored: StoredVector): void {
    const key = vectorKey(stored.embedder, stored.textKey)
    const bytes = encodeVector(stored)
    const old = this.dbs.vectors.getBinary(key)
    if (old === undefined) this.#counts.vectors += 1
    this.#counts.bytes += bytes.length - (old?.length ?? 0)
    void this.dbs.vectors.put(key, bytes)
    this.dbs.textsOfKey.put(stored.exemplarKey, key)
  }

  *vectors(embedder: string): Iterable<StoredVector> {
    const range = { start: `${embedder}\n`, end: `${embedder}\n\uffff` }
    for (const { value } of this.dbs.vectors.getRange(range)) yield decodeVector(value)
  }

  hasVector(embedder: string, textKey: string): boolean {
    return this.dbs.vectors.doesExist(vectorKey(embedder, textKey))
  }

  state(name: string): string | undefined {
    return this.dbs.state.get(name)
  }

  *states(prefix: string): Iterable<string> {
    for (const { value } of this.dbs.state.getRange({ start: prefix, end: `${prefix}\uffff` })) yield value
  }

  putState(name: string, json: string): void {
    void this.dbs.state.put(name, json)
  }

  removeState(name: string): void {
    void this.dbs.state.remove(name)
  }

  counts(): { exemplars: number; vectors: number; bytes: number } {
    return { ...this.#counts }
  }

  *rows(): Iterable<MemoryRow> {
    const { exemplars, templates, vectors, state, keysOfPath, keysOfRoute } = this.dbs
    for (const { key, value } of exemplars.getRange()) yield { table: 'exemplars', key, stored: decodeExemplar(value) }
    for (const { key, value } of templates.getRange()) yield { table: 'templates', key, template: value }
    for (const { key, value } of vectors.getRange()) yield { table: 'vectors', key, stored: decodeVector(value) }
    for (const { key, value } of state.getRange()) yield { table: 'state', key, json: value }
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
        this.dbs.keysOfPath.removePair(key)
        break
      case 'keys-of-route':
        this.dbs.keysOfRoute.removePair(key)
        break
    }
  }

  async scrub(): Promise<number> {
    const { root, state } = this.dbs
    for (let i = 0; i < SNAPSHOTS; i++) {
      await state.put('scrubbed', String(i))
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
      const range = this.dbs.exemplars.getRange({ start, limit: EVICTION_SAMPLE - sample.size })
      for (const { key, value } of range) sample.set(key, { key, bytes: value.length, stored: decodeExemplar(value) })
      if (sample.size >= EVICTION_SAMPLE) break
    }
    return [...sample.values()]
  }

  #removeVector(key: string): void {
    const vector = this.dbs.vectors.getBinary(key)
    if (vector === undefined) return
    this.#counts.bytes -= vector.length
    this.#counts.vectors -= 1
    void this.dbs.vectors.remove(key)
  }

  #forget(key: string, bytes: number, stored: Exemplar | Tombstone): void {
    void this.dbs.exemplars.remove(key)
    this.#counts.bytes -= bytes
    this.#counts.exemplars -= 1
    if (!('gone' in stored)) {
      this.dbs.keysOfPath.remove(pathKey(stored.path), key)
      this.dbs.keysOfRoute.remove(stored.routeId, key)
    }
    for (const text of this.dbs.textsOfKey.of(key)) {
      this.#removeVector(text)
      this.dbs.textsOfKey.remove(key, text)
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
