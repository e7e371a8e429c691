// thread: any
// A table of the memory: octets by name. In a plain one both stand in the file as they are. In a sealed one a keyed hash stands in
// the place of the name, for names hold paths and what was asked there, and the name lies with the octets in what is sealed.
import { isSealed, SEALED_BYTES, SealedError, type SealingBox } from '../sealing/box.js'

/** A look at the file as of one moment, which its owner ends. */
export interface Transaction {
  done(): void
}

/** What a table needs of LMDB; keys are texts, values octets. */
export interface OctetsDb {
  getBinary(key: string): Buffer | undefined
  /** A view that the next one overwrites, with a length of its own. */
  getBinaryFast(key: string): Buffer | undefined
  put(key: string, value: Buffer): unknown
  remove(key: string): unknown
  doesExist(key: string): boolean
  getCount(): number
  getRange(range: DbRange): Iterable<{ readonly key: string; readonly value: Buffer }>
  getKeys(range: DbRange): Iterable<string>
}

export interface DbRange {
  readonly start?: string
  readonly end?: string
  readonly limit?: number
  /** Rows as of one moment. */
  readonly transaction?: Transaction
}

export interface TableRow {
  /** Its place among all rows: what comes behind it begins here. */
  readonly place: string
  readonly name: string
  /** Of this turn of the event loop alone, where it is a view of the file. */
  readonly octets: Buffer
}

/** Names may have groups: `/users/7\nkey` is of the group `/users/7\n`. */
export interface Table {
  /** By so much a row is longer in the file than its octets and its name. */
  readonly moreBytes: number
  readonly count: number
  get(name: string): Buffer | undefined
  /** As it stands in the file; a view that the next one overwrites, with a length of its own. */
  view(name: string): Buffer | undefined
  /** What stands in the file under this name, opened. Undefined: it cannot be, for it was changed or moved. */
  opened(stored: Buffer, name: string): Buffer | undefined
  has(name: string): boolean
  put(name: string, octets: Buffer): void
  remove(name: string): void
  all(): Iterable<TableRow>
  /** `group`: with its end. */
  group(group: string, limit?: number): Iterable<TableRow>
  /** From this place on, of whatever row that is. */
  from(place: string, limit: number): Iterable<TableRow>
}

export class PlainTable implements Table {
  readonly moreBytes = 0
  readonly #db: OctetsDb

  constructor(db: OctetsDb) {
    this.#db = db
  }

  get count(): number {
    return this.#db.getCount()
  }

  get(name: string): Buffer | undefined {
    return this.#db.getBinary(name)
  }

  view(name: string): Buffer | undefined {
    return this.#db.getBinaryFast(name)
  }

  opened(stored: Buffer): Buffer {
    return stored
  }

  has(name: string): boolean {
    return this.#db.doesExist(name)
  }

  put(name: string, octets: Buffer): void {
    this.#db.put(name, octets)
  }

  remove(name: string): void {
    this.#db.remove(name)
  }

  all(): Iterable<TableRow> {
    return this.#rows({})
  }

  group(group: string, limit = Number.POSITIVE_INFINITY): Iterable<TableRow> {
    return this.#rows({ start: group, end: `${group}\uffff`, limit })
  }

  from(place: string, limit: number): Iterable<TableRow> {
    return this.#rows({ start: place, limit })
  }

  *#rows(range: DbRange): Iterable<TableRow> {
    for (const { key, value } of this.#db.getRange(range)) yield { place: key, name: key, octets: value }
  }
}

export interface SealedTableParts {
  readonly db: OctetsDb
  readonly box: SealingBox
  /** Of the table: a row cannot be moved to another. */
  readonly table: string
  /** Which sign ends the group in a name; undefined: there are none. */
  readonly groupEnd: '\n' | ':' | undefined
  /** Names without a group are no secret, and stand in the file. */
  readonly hasOpenNames: boolean
  /** Called where what stands there cannot be opened; it may throw. Undefined: it is as if it were not there. */
  readonly unopened?: (error: SealedError) => void
}

/** Names are hashed again and again. */
const KEPT_NAMES = 16_384
const NAME_BYTES = 2

export class SealedTable implements Table {
  readonly #parts: SealedTableParts
  readonly #names = new Map<string, string>()

  constructor(parts: SealedTableParts) {
    this.#parts = parts
  }

  get moreBytes(): number {
    return SEALED_BYTES + NAME_BYTES + 22
  }

  get count(): number {
    return this.#parts.db.getCount()
  }

  get(name: string): Buffer | undefined {
    const place = this.#placeOf(name)
    const stored = this.#parts.db.getBinary(place)
    return stored && this.#open(stored, place)?.octets
  }

  view(name: string): Buffer | undefined {
    return this.#parts.db.getBinaryFast(this.#placeOf(name))
  }

  opened(stored: Buffer, name: string): Buffer | undefined {
    return this.#open(stored, this.#placeOf(name))?.octets
  }

  has(name: string): boolean {
    return this.#parts.db.doesExist(this.#placeOf(name))
  }

  put(name: string, octets: Buffer): void {
    const { box, table, db } = this.#parts
    const place = this.#placeOf(name)
    const nameOctets = Buffer.from(name)
    const hidden = Buffer.allocUnsafe(NAME_BYTES + nameOctets.length + octets.length)
    hidden.writeUInt16LE(nameOctets.length)
    nameOctets.copy(hidden, NAME_BYTES)
    octets.copy(hidden, NAME_BYTES + nameOctets.length)
    db.put(place, box.seal(hidden, `${table}\n${place}`))
  }

  remove(name: string): void {
    this.#parts.db.remove(this.#placeOf(name))
  }

  all(): Iterable<TableRow> {
    return this.#rows({})
  }

  group(group: string, limit = Number.POSITIVE_INFINITY): Iterable<TableRow> {
    const start = this.#hashed(group)
    return this.#rows({ start, end: `${start}\uffff`, limit })
  }

  *from(place: string, limit: number): Iterable<TableRow> {
    let left = limit
    // What cannot be opened does not count: a page that is short is the last one.
    for (const row of this.#rows({ start: place })) {
      if (left === 0) return
      left -= 1
      yield row
    }
  }

  *#rows(range: DbRange): Iterable<TableRow> {
    for (const { key: place, value } of this.#parts.db.getRange(range)) {
      // What says that the memory is sealed is not.
      const row = isSealed(value) ? this.#open(value, place) : undefined
      if (row !== undefined) yield { place, ...row }
    }
  }

  #open(stored: Buffer, place: string): { readonly name: string; readonly octets: Buffer } | undefined {
    const { box, table, unopened } = this.#parts
    try {
      const hidden = box.open(stored, `${table}\n${place}`)
      const end = NAME_BYTES + hidden.readUInt16LE()
      return { name: hidden.toString('utf8', NAME_BYTES, end), octets: hidden.subarray(end) }
    } catch (error) {
      if (!(error instanceof SealedError)) throw error
      unopened?.(error)
      return undefined
    }
  }

  #placeOf(name: string): string {
    const { groupEnd, hasOpenNames } = this.#parts
    const end = groupEnd === undefined ? -1 : name.indexOf(groupEnd)
    if (end < 0) return hasOpenNames ? name : this.#hashed(name)
    // The group is looked for with its end.
    return this.#hashed(name.slice(0, end + 1)) + this.#hashed(name)
  }

  #hashed(text: string): string {
    let hashed = this.#names.get(text)
    if (hashed === undefined) {
      hashed = this.#parts.box.nameOf(`${this.#parts.table}\n${text}`)
      if (this.#names.size >= KEPT_NAMES) this.#names.clear()
      this.#names.set(text, hashed)
    }
    return hashed
  }
}

/**
 * Which values belong to a name. Pairs as names, for the package cannot be trusted with several values of one key: within a
 * transaction its `getValues` decodes octets that are no key, and throws now and then (3.5.6).
 */
export class Pairs {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  put(name: string, value: string): void {
    // It is told again with every answer: looking costs less than sealing.
    if (this.#table.moreBytes > 0 && this.#table.has(`${name}\n${value}`)) return
    this.#table.put(`${name}\n${value}`, nothing)
  }

  remove(name: string, value: string): void {
    this.#table.remove(`${name}\n${value}`)
  }

  *all(): Iterable<string> {
    for (const { name } of this.#table.all()) yield name
  }

  /** As {@link all} names it. */
  removePair(pair: string): void {
    this.#table.remove(pair)
  }

  of(name: string, limit?: number): string[] {
    return [...this.#table.group(`${name}\n`, limit)].map(({ name: pair }) => pair.slice(name.length + 1))
  }
}

const nothing = Buffer.alloc(0)
