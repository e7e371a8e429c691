// thread: learner
// Writes the model of the API down and reads it again: records one by one as they change, routes and cases of absence whole, now
// and then. Also makes room: what was shown least and longest ago goes first.
import { createHash } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'
import { parseJson, printJson } from '../../core/contract/json.js'
import type { MemoryWriter } from '../../core/contract/memory.js'
import type { SavedAbsences } from './absences.js'
import { newRecord, type Rec, type RecordType, type View } from './records.js'
import type { SavedRoute } from './route-world.js'
import type { World } from './world.js'

/** Changes with what is written: what another program wrote is not read. */
const FORMAT = 1
const ROUTE_MS = 10_000
const RECORDS_AT_ONCE = 5000

interface SavedView {
  readonly key: string
  readonly names: ReadonlyMap<string, number>
  readonly records: number
  readonly members: ReadonlyMap<string, { agreed: number; differed: number; own: boolean }>
}

interface SavedType {
  readonly uid: string
  readonly name: string
  readonly idMember: string | undefined
  readonly views: ReadonlyMap<string, SavedView>
  readonly names: ReadonlySet<string>
  readonly total: number | undefined
  readonly novelty: number
}

type SavedRecord = readonly [
  type: string,
  scope: string,
  id: string,
  seenAt: number,
  goneAt: number,
  times: number,
  members: readonly (readonly [name: string, json: string, at: number])[],
  /** Those that were written before this was known have none. */
  unsureAt?: number,
  replacedAt?: number,
]

export class WorldMemory {
  readonly #world: World
  readonly #memory: MemoryWriter
  readonly #maxRecords: number
  readonly #routesAt = new Map<string, number>()
  #absencesAt = 0

  constructor(world: World, memory: MemoryWriter, maxRecords: number) {
    this.#world = world
    this.#memory = memory
    this.#maxRecords = maxRecords
  }

  /** False: nothing is written down that could be read. */
  load(): boolean {
    const types = this.#read<readonly SavedType[]>('world-types')
    if (types === undefined) return false
    const { records, absences } = this.#world
    const byUid = new Map<string, RecordType>()
    for (const saved of types) {
      const type = records.make(saved.name, saved.idMember, saved.uid)
      for (const [key, view] of saved.views) type.views.set(key, readView(view))
      for (const name of saved.names) type.names.add(name)
      type.total = saved.total
      type.novelty = saved.novelty
      byUid.set(saved.uid, type)
    }
    for (const text of this.#memory.states('world-record:')) readRecord(text, byUid)
    for (const text of this.#memory.states('world-route:')) {
      const saved = decode<SavedRoute>(text)
      if (saved !== undefined) this.#world.restoreRoute(saved)
    }
    const cases = this.#read<SavedAbsences>('world-absences')
    if (cases !== undefined) absences.restore(cases)
    return true
  }

  /** Takes out all that is written down. */
  erase(): void {
    for (const text of this.#memory.states('world-record:')) {
      const [uid, scope, id] = JSON.parse(text) as SavedRecord
      this.#memory.removeState(nameOf({ uid }, scope, id))
    }
    for (const text of this.#memory.states('world-route:')) {
      const saved = decode<SavedRoute>(text)
      if (saved !== undefined) this.forgetRoute(saved.id)
    }
    for (const name of ['world-types', 'world-absences']) this.#memory.removeState(name)
  }

  /** Something is known that is not written down yet. */
  get isUnsaved(): boolean {
    const { records, absences } = this.#world
    if (!absences.isSaved || records.merged.length > 0 || records.types.some(({ isSaved }) => !isSaved)) return true
    for (const { isSaved } of this.#world.routes()) if (!isSaved) return true
    return false
  }

  /** `all`: everything, as when the proxy stops; else what is due. */
  save(now: number, all: boolean): void {
    const { records, absences } = this.#world
    this.#makeRoom()
    let left = all ? Number.POSITIVE_INFINITY : RECORDS_AT_ONCE
    for (const type of records.merged.splice(0)) {
      for (const [scope, of] of type.scopes)
        for (const id of of.keys()) this.#memory.removeState(nameOf(type, scope, id))
    }
    for (const type of records.types) {
      const unsaved = type.takeUnsaved(left)
      left -= unsaved.length
      for (const { record, scope } of unsaved)
        this.#memory.putState(nameOf(type, scope, record.id), writeRecord(type, scope, record))
    }
    const saved = records.types.map(
      ({ uid, name, idMember, views, names, total, novelty }): SavedType => ({
        uid,
        name,
        idMember,
        views: new Map([...views].map(([key, view]) => [key, savedView(view)])),
        names,
        total,
        novelty,
      }),
    )
    this.#memory.putState('world-types', encode(saved))
    for (const route of this.#world.routes()) {
      if (route.isSaved || (!all && now - (this.#routesAt.get(route.id) ?? 0) < ROUTE_MS)) continue
      this.#routesAt.set(route.id, now)
      this.#memory.putState(`world-route:${digest(route.id)}`, encode(route.saved()))
      route.isSaved = true
    }
    if (!absences.isSaved && (all || now - this.#absencesAt >= ROUTE_MS)) {
      this.#absencesAt = now
      this.#memory.putState('world-absences', encode(absences.saved()))
      absences.isSaved = true
    }
  }

  /** A route became part of another. */
  forgetRoute(id: string): void {
    this.#memory.removeState(`world-route:${digest(id)}`)
  }

  #makeRoom(): void {
    const { types } = this.#world.records
    let size = 0
    for (const type of types) size += type.size
    if (size <= this.#maxRecords) return
    const all: { type: RecordType; scope: string; record: Rec }[] = []
    for (const type of types)
      for (const [scope, of] of type.scopes) for (const record of of.values()) all.push({ type, scope, record })
    all.sort((a, b) => usefulness(a.record) - usefulness(b.record))
    for (const { type, scope, record } of all.slice(0, size - Math.floor(this.#maxRecords * 0.9))) {
      type.forget(scope, record)
      this.#memory.removeState(nameOf(type, scope, record.id))
    }
  }

  #read<T>(name: string): T | undefined {
    const text = this.#memory.state(name)
    return text === undefined ? undefined : decode<T>(text)
  }
}

const HOUR_MS = 3_600_000

/** Being shown twice as often makes up for an hour of age. */
function usefulness({ seenAt, times }: Rec): number {
  return seenAt + Math.log2(1 + times) * HOUR_MS
}

function nameOf(type: Pick<RecordType, 'uid'>, scope: string, id: string): string {
  return `world-record:${type.uid}:${scope}:${id.length > 200 ? digest(id) : id}`
}

function writeRecord(
  type: RecordType,
  scope: string,
  { id, seenAt, goneAt, unsureAt, replacedAt, times, members }: Rec,
): string {
  const saved: SavedRecord = [
    type.uid,
    scope,
    id,
    seenAt,
    goneAt,
    times,
    [...members].map(([name, node, at]) => [name, printJson(node), at] as const),
    unsureAt,
    replacedAt,
  ]
  return JSON.stringify(saved)
}

function readRecord(text: string, types: ReadonlyMap<string, RecordType>): void {
  const [uid, scope, id, seenAt, goneAt, times, members, unsureAt = 0, replacedAt = 0] = JSON.parse(text) as SavedRecord
  const type = types.get(uid)
  if (type === undefined) return
  const record: Rec = { ...newRecord(id, seenAt, undefined), goneAt, unsureAt, replacedAt, times }
  const read = members.flatMap(([name, json, at]) => {
    const node = parseJson(json)
    return node === undefined ? [] : [{ name, node, at }]
  })
  const [first] = read
  if (first !== undefined)
    record.members.add(
      read.map(({ name, node }) => [name, node]),
      first.at,
    )
  for (const { name, at } of read) record.members.touch(name, at)
  type.restore(scope, record)
}

function savedView({ key, records, members }: View): SavedView {
  return {
    key,
    names: new Map([...members].map(([name, { shown }]) => [name, shown])),
    records,
    members: new Map([...members].map(([name, { agreed, differed, own }]) => [name, { agreed, differed, own }])),
  }
}

function readView({ key, names, records, members }: SavedView): View {
  return {
    key,
    records,
    members: new Map([...members].map(([name, of]) => [name, { shown: names.get(name) ?? 0, ...of }])),
    forms: [],
  }
}

function encode(value: unknown): string {
  return `${FORMAT}:${serialize(value).toString('base64')}`
}

/** Undefined where it was written in another way. */
function decode<T>(text: string): T | undefined {
  const mark = text.indexOf(':')
  return text.slice(0, mark) === String(FORMAT)
    ? (deserialize(Buffer.from(text.slice(mark + 1), 'base64')) as T)
    : undefined
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}
