// thread: any
// Reads the memory: what every thread may do.
import type { Exemplar, MemoryReader, Tombstone } from '../contract/memory.js'
import type { Template } from '../contract/template.js'
import { DecodedExemplars } from './decoded-exemplars.js'
import type { Tables } from './tables.js'

/** Exemplars kept decoded, a thread. */
const DECODED_BYTES = 8 << 20

export class LmdbReader implements MemoryReader {
  protected readonly tables: Tables
  readonly #decoded: DecodedExemplars

  constructor(tables: Tables) {
    this.tables = tables
    this.#decoded = tables.isSealed
      ? // What is kept stands there twice: as it is in the file, and opened.
        new DecodedExemplars(DECODED_BYTES / 2, (stored, key) => tables.exemplars.opened(stored, key))
      : new DecodedExemplars(DECODED_BYTES)
  }

  exemplar(key: string): Exemplar | Tombstone | undefined {
    // The package keeps one view of the file for a turn of the event loop or longer. A tombstone must be seen at once: what
    // it buries is known to be untrue.
    this.tables.root.resetReadTxn()
    // The fast read is a view on a buffer that the next read overwrites, with a length of its own.
    const bytes = this.tables.exemplars.view(key)
    return bytes === undefined ? undefined : this.#decoded.of(key, bytes, bytes.length)
  }

  vary(baseKey: string): readonly string[] | undefined {
    return jsonOf(this.tables.vary.get(baseKey)) as readonly string[] | undefined
  }

  template(routeId: string): Template | undefined {
    return jsonOf(this.tables.templates.get(routeId)) as Template | undefined
  }

  async close(): Promise<void> {
    await this.tables.root.close()
  }
}

function jsonOf(octets: Buffer | undefined): unknown {
  return octets && JSON.parse(octets.toString())
}
