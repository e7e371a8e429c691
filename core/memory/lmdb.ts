// thread: any
// The embedded memory: LMDB, one writer (the learner), any number of threads that read without locks. The only file that
// knows the package.
import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import type { Exemplar, MemoryReader, MemoryWriter, StoredVector, Tombstone } from '../contract/memory.js'
import type { Template } from '../contract/template.js'
import { decodeExemplar, decodeVector, encodeExemplar, encodeVector } from './exemplar-codec.js'

/** Grows when the layout changes; a file of another version is never guessed at. */
const DATA_VERSION = 1
const FILE = 'memory.mdb'
/** When the bound is passed, so many exemplars are looked at and the older half of them goes (as Redis does it). */
const EVICTION_SAMPLE = 64

/** The memory cannot be used. The message names the file and the remedy. */
export class MemoryError extends Error {
  constructor(
    readonly path: string,
    readonly remedy: string,
    problem: string,
  ) {
    super(`the memory ${path} ${problem}: ${remedy}`)
    this.name = 'MemoryError'
  }
}

const resetRemedy =
  'start once with --reset-memory, which moves it aside and begins with an empty one, or put a good copy in its place'

export function openWriter(dir: string, options: { readonly maxBytes: number }): MemoryWriter {
  return new LmdbWriter(openDatabases(dir), options.maxBytes)
}

/** Any thread; sees what the writer committed before the current turn of the event loop. */
export function openReader(dir: string): MemoryReader {
  return new LmdbReader(openDatabases(dir))
}

/** Moves the files aside and says where to; deletes nothing. Undefined where there were none. */
export function resetMemory(dir: string): string | undefined {
  if (!existsSync(dir)) return undefined
  for (let n = 1; ; n++) {
    const aside = `${dir}.old-${n}`
    if (existsSync(aside)) continue
    renameSync(dir, aside)
    return aside
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
  /** path → keys of its exemplars */
  readonly keysOfPath: Database<string, string>
  /** route id → keys of its exemplars */
  readonly keysOfRoute: Database<string, string>
  /** embedder and text key → vector */
  readonly vectors: Database<Buffer, string>
  readonly state: Database<string, string>
}

function openDatabases(dir: string): Databases {
  const file = join(dir, FILE)
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new MemoryError(
      dir,
      'give this user the right to write there, or set CHAOS_DATA_DIR to another folder',
      `cannot be made (${codeOf(error)})`,
    )
  }
  checkFile(file)
  let root: RootDatabase
  try {
    root = open({ path: file, maxDbs: 16, encoding: 'string', sharedStructuresKey: undefined as never })
  } catch (error) {
    throw new MemoryError(
      file,
      codeOf(error) === 'EACCES' ? 'give this user the right to write it' : resetRemedy,
      `cannot be opened (${codeOf(error)})`,
    )
  }
  const dbs: Databases = {
    root,
    exemplars: root.openDB({ name: 'exemplars', encoding: 'binary' }),
    vary: root.openDB({ name: 'vary', encoding: 'json' }),
    templates: root.openDB({ name: 'templates', encoding: 'json' }),
    keysOfPath: root.openDB({ name: 'keys-of-path', encoding: 'ordered-binary', dupSort: true }),
    keysOfRoute: root.openDB({ name: 'keys-of-route', encoding: 'ordered-binary', dupSort: true }),
    vectors: root.openDB({ name: 'vectors', encoding: 'binary' }),
    state: root.openDB({ name: 'state', encoding: 'string' }),
  }
  const version = dbs.state.get('version')
  if (version !== undefined && version !== String(DATA_VERSION)) {
    void root.close()
    throw new MemoryError(
      file,
      `use the release that wrote it, or ${resetRemedy}`,
      `has data version ${version}, this release reads ${DATA_VERSION}`,
    )
  }
  return dbs
}

/** LMDB maps the file into memory: a damaged one can end the process. Its first page tells a foreign file beforehand. */
function checkFile(file: string): void {
  if (!existsSync(file)) return
  let fd: number
  try {
    fd = openSync(file, 'r+')
  } catch (error) {
    throw new MemoryError(file, 'give this user the right to read and write it', `cannot be opened (${codeOf(error)})`)
  }
  try {
    const page = Buffer.alloc(64)
    const read = readSync(fd, page, 0, page.length, 0)
    // A meta page: the magic number of LMDB stands behind the page header, in the byte order of the machine.
    if (read > 0 && !page.includes(Buffer.from([0xde, 0xc0, 0xef, 0xbe])))
      throw new MemoryError(file, resetRemedy, 'is damaged, or not a memory of this proxy')
  } finally {
    closeSync(fd)
  }
}

class LmdbReader implements MemoryReader {
  protected readonly dbs: Databases

  constructor(dbs: Databases) {
    this.dbs = dbs
  }

  exemplar(key: string): Exemplar | Tombstone | undefined {
    // getBinary, not getBinaryFast: what it returns is handed to the socket, see the note on uWebSockets.js in ARCHITECTURE.md.
    const bytes = this.dbs.exemplars.getBinary(key)
    return bytes === undefined ? undefined : decodeExemplar(bytes)
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

class LmdbWriter extends LmdbReader implements MemoryWriter {
  readonly #maxBytes: number
  /** Octets of all exemplars, about; kept in `state` so that nothing needs to be counted at start. */
  #bytes: number
  #exemplars: number
  #vectors: number

  constructor(dbs: Databases, maxBytes: number) {
    super(dbs)
    this.#maxBytes = maxBytes
    if (dbs.state.get('version') === undefined) dbs.state.putSync('version', String(DATA_VERSION))
    this.#bytes = Number(dbs.state.get('bytes') ?? 0)
    this.#exemplars = dbs.exemplars.getCount()
    this.#vectors = dbs.vectors.getCount()
  }

  async batch(work: () => void): Promise<void> {
    await this.dbs.root.transaction(() => {
      work()
      this.#evict()
      void this.dbs.state.put('bytes', String(this.#bytes))
    })
  }

  putExemplar(exemplar: Exemplar): void {
    const bytes = encodeExemplar(exemplar)
    const old = this.dbs.exemplars.getBinary(exemplar.key)
    if (old === undefined) this.#exemplars += 1
    this.#bytes += bytes.length - (old?.length ?? 0)
    void this.dbs.exemplars.put(exemplar.key, bytes)
    void this.dbs.keysOfPath.put(pathKey(exemplar.path), exemplar.key)
    void this.dbs.keysOfRoute.put(exemplar.routeId, exemplar.key)
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

  bury(path: string, tombstone: Tombstone): number {
    const bytes = encodeExemplar(tombstone)
    let buried = 0
    for (const key of [...this.dbs.keysOfPath.getValues(pathKey(path))]) {
      const old = this.dbs.exemplars.getBinary(key)
      if (old === undefined) continue
      this.#bytes += bytes.length - old.length
      void this.dbs.exemplars.put(key, bytes)
      buried += 1
    }
    return buried
  }

  exemplarsOf(routeId: string, limit: number): Exemplar[] {
    const found: Exemplar[] = []
    for (const key of this.dbs.keysOfRoute.getValues(routeId)) {
      const exemplar = this.exemplar(key)
      if (exemplar !== undefined && !('gone' in exemplar)) found.push(exemplar)
      if (found.length >= limit) break
    }
    return found
  }

  putVector(stored: StoredVector): void {
    const key = vectorKey(stored.embedder, stored.textKey)
    if (!this.dbs.vectors.doesExist(key)) this.#vectors += 1
    void this.dbs.vectors.put(key, encodeVector(stored))
  }

  *vectors(embedder: string): Iterable<StoredVector> {
    for (const { value } of this.dbs.vectors.getRange({ start: `${embedder}\n`, end: `${embedder}\n\uffff` }))
      yield decodeVector(value)
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

  counts(): { exemplars: number; vectors: number; bytes: number } {
    return { exemplars: this.#exemplars, vectors: this.#vectors, bytes: this.#bytes }
  }

  /** Over the bound, what was not seen for longest goes first, judged within a sample. */
  #evict(): void {
    if (this.#bytes <= this.#maxBytes * 0.9) return
    const sample: { key: string; bytes: number; stored: Exemplar | Tombstone }[] = []
    // From a random place on, and around the end.
    for (const start of [randomKey(), '']) {
      for (const { key, value } of this.dbs.exemplars.getRange({ start, limit: EVICTION_SAMPLE - sample.length }))
        sample.push({ key, bytes: value.length, stored: decodeExemplar(value) })
      if (sample.length >= EVICTION_SAMPLE) break
    }
    sample.sort((a, b) => seenAt(a.stored) - seenAt(b.stored))
    for (const { key, bytes, stored } of sample.slice(0, Math.ceil(sample.length / 2))) {
      if (this.dbs.exemplars.getBinary(key) === undefined) continue
      void this.dbs.exemplars.remove(key)
      if (!('gone' in stored)) {
        void this.dbs.keysOfPath.remove(pathKey(stored.path), key)
        void this.dbs.keysOfRoute.remove(stored.routeId, key)
      }
      this.#bytes -= bytes
      this.#exemplars -= 1
    }
  }
}

function seenAt(stored: Exemplar | Tombstone): number {
  return 'gone' in stored ? 0 : stored.lastSeenAt
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

function randomKey(): string {
  return Math.random().toString(36).slice(2, 4)
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return String(code ?? message)
}
