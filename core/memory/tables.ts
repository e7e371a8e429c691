// thread: any
// The tables of the memory, plain or sealed as the file is, and what they need of the root of LMDB.
import type { SealingBox } from '../sealing/box.js'
import { type OctetsDb, Pairs, PlainTable, SealedTable, type SealedTableParts, type Table } from './table.js'

/** Names of all tables, in the order in which they are copied. */
export const tableNames = [
  'exemplars',
  'vary',
  'templates',
  'keys-of-path',
  'keys-of-route',
  'vectors',
  'texts-of-key',
  'state',
] as const
export type TableName = (typeof tableNames)[number]

export interface MemoryRoot {
  /** The next look sees what is committed by then. */
  resetReadTxn(): void
  readonly flushed: Promise<unknown>
  readerCheck(): unknown
  readerList(): string
  childTransaction<T>(work: () => T): Promise<T>
  close(): Promise<void>
}

export interface Tables {
  readonly root: MemoryRoot
  readonly isSealed: boolean
  readonly byName: Readonly<Record<TableName, Table>>
  /** key → exemplar or tombstone */
  readonly exemplars: Table
  /** base key → request fields that select, JSON */
  readonly vary: Table
  /** route id → template, JSON */
  readonly templates: Table
  /** path and exemplar key */
  readonly keysOfPath: Pairs
  /** route id and exemplar key */
  readonly keysOfRoute: Pairs
  /** embedder and text key → vector */
  readonly vectors: Table
  /** exemplar key and key of a vector */
  readonly textsOfKey: Pairs
  /** name → text */
  readonly state: Table
}

/** `box`: of the one key that all of the file is sealed with; undefined: it is plain. */
export function tablesOf(root: MemoryRoot, db: (name: TableName) => OctetsDb, box: SealingBox | undefined): Tables {
  const byName = Object.fromEntries(tableNames.map(name => [name, tableOf(name, db(name), box)])) as Record<
    TableName,
    Table
  >
  return {
    root,
    isSealed: box !== undefined,
    byName,
    exemplars: byName.exemplars,
    vary: byName.vary,
    templates: byName.templates,
    keysOfPath: new Pairs(byName['keys-of-path']),
    keysOfRoute: new Pairs(byName['keys-of-route']),
    vectors: byName.vectors,
    textsOfKey: new Pairs(byName['texts-of-key']),
    state: byName.state,
  }
}

function tableOf(table: TableName, db: OctetsDb, box: SealingBox | undefined): Table {
  if (box === undefined) return new PlainTable(db)
  const parts = { db, box, table }
  return new SealedTable({ ...parts, ...(special[table] ?? plain) })
}

const plain = { groupEnd: undefined, hasOpenNames: false } as const
const grouped = { groupEnd: '\n', hasOpenNames: false } as const
const special: Partial<Record<TableName, Pick<SealedTableParts, 'groupEnd' | 'hasOpenNames' | 'unopened'>>> = {
  'keys-of-path': grouped,
  'keys-of-route': grouped,
  vectors: grouped,
  'texts-of-key': grouped,
  state: {
    groupEnd: ':',
    hasOpenNames: true,
    // An answer that cannot be read is one less. Without a part of what the learner knows of them all the rest is wrong.
    unopened: () => {
      throw new Error(
        'a state of the learner cannot be decrypted, though its key is the right one: the memory is damaged',
      )
    },
  },
}
