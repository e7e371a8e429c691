// thread: learner
// What edges are taught of where a route shows records, and of what its parameters mean.
import type { InputMeaning, RouteShows } from '../../core/contract/route-shows.js'
import { type IdLook, idLookOf } from '../../core/contract/temporary-id.js'
import type { Rec, RecordType } from './records.js'
import type { RouteWorld } from './route-world.js'

/** Ids that are looked at to tell how all of them look. */
const MAX_IDS = 32
/** More changes than this, and they are looked at again. */
const RENEWED_AFTER = 64

const looks = new WeakMap<RecordType, { readonly version: number; readonly look: IdLook | undefined }>()

/** Undefined: nothing is known of records there, or of what names them. */
export function showsOf(route: RouteWorld): RouteShows | undefined {
  const { site, type, rules } = route
  if (site === undefined || site.kind === 'table' || type?.idMember === undefined || route.isIrregular) return undefined
  const ids = lookOf(type)
  const natural = rules.natural?.keys[0]
  return {
    type: type.uid,
    kind: site.kind,
    path: site.path,
    idMember: type.idMember,
    ...(ids === undefined ? {} : { ids }),
    ...(rules.total === undefined ? {} : { total: totalAt(rules.total) }),
    ...(natural === undefined ? {} : { order: natural }),
    ...(Number.isFinite(rules.defaultLimit) ? { pageRows: rules.defaultLimit } : {}),
    inputs: meaningsOf(route),
  }
}

/** As in marks.ts. */
function totalAt(mark: string): { readonly path: readonly string[] } | { readonly field: string } {
  return mark.startsWith('header:') ? { field: mark.slice('header:'.length) } : { path: mark.split('.') }
}

function meaningsOf({ rules, namedBy }: RouteWorld): [string, InputMeaning][] {
  const meanings = new Map<string, InputMeaning>()
  for (const name of [...rules.presentation, ...rules.projections]) meanings.set(name, { kind: 'shown' })
  for (const [name, { member, test }] of rules.filters)
    if (test === 'eq' && member !== '*') meanings.set(name, { kind: 'equals', member })
  for (const { input, orderInput } of rules.sorts)
    for (const name of [input, orderInput]) if (name !== undefined) meanings.set(name, { kind: 'sort' })
  for (const window of rules.windows) {
    if (window.kind === 'page') meanings.set(window.input, { kind: 'page', first: window.first })
    if (window.kind === 'offset') meanings.set(window.input, { kind: 'offset' })
  }
  if (rules.limit !== undefined) meanings.set(rules.limit, { kind: 'limit' })
  if (namedBy !== undefined) meanings.set(namedBy.input, { kind: 'name' })
  return [...meanings]
}

function lookOf(type: RecordType): IdLook | undefined {
  const known = looks.get(type)
  if (known !== undefined && type.version - known.version < RENEWED_AFTER && known.look !== undefined) return known.look
  const found: Rec[] = []
  for (const records of type.scopes.values())
    for (const record of records.values()) if (found.push(record) >= MAX_IDS) break
  const nodes = found.flatMap(({ members }) => members.get(type.idMember!) ?? [])
  const isNumber = nodes.length > 0 && nodes.every(({ kind }) => kind === 'number')
  const look = idLookOf(
    found.slice(0, MAX_IDS).map(({ id }) => id),
    isNumber,
  )
  looks.set(type, { version: type.version, look })
  return look
}
