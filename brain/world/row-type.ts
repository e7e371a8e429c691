// thread: learner
// Of which type a row is that stands where no type is known for: in the answer to a call. By what is known of the things
// themselves, never by the names of calls. Pure but for looking records up.

import type { RecordType } from './records.js'
import { isGlobal } from './records.js'
import { idText, isScalar, type JsonObject, memberOf, sameNode } from './tree.js'

export interface RowOf {
  readonly type: RecordType
  /** Undefined: the row does not say how it is named. */
  readonly id: string | undefined
  /** What it says may be believed of this record. */
  readonly isSure: boolean
}

/** GraphQL §4.4: the name of the type, in answers of every server. */
const TYPENAME = '__typename'
/** Candidates whose scores are nearer than this are not told apart. */
const MARGIN = 0.5
/** A record that was never seen is of a type that has all its members, and these are many enough not to be so by chance. */
const MEMBERS_OF_A_NEW_ONE = 3
/** Of a type records are looked at for what it calls itself. */
const MAX_LOOKED_AT = 16

/**
 * The best candidate, or several that cannot be told apart; none where it is nothing that is known. `named`: identifiers that
 * were given in the request; `expected`: the type that stood in this place before.
 */
export function typesOfRow(
  types: readonly RecordType[],
  row: JsonObject,
  scope: string,
  named: ReadonlySet<string>,
  expected: RecordType | undefined,
): readonly RowOf[] {
  const found: (RowOf & { score: number; isWhole: boolean })[] = []
  for (const type of types) {
    if (type.idMember === undefined) continue
    const id = idText(memberOf(row, type.idMember))
    const others = row.entries.filter(([name]) => name !== type.idMember && name !== TYPENAME)
    const alike = others.filter(([name]) => type.names.has(name)).length
    const share = others.length === 0 ? 0 : alike / others.length
    const says = typenameAgrees(type, row)
    if (says === false) continue
    if (id === undefined) {
      if (others.length >= 2 && share === 1) found.push({ type, id, isSure: false, score: share, isWhole: true })
      continue
    }
    const record = type.find(scope, id) ?? heldElsewhere(type, id)
    if (says === undefined && others.length > 0 && share < 0.5) continue
    if (says === undefined && record === undefined && (others.length === 0 || !type.fits(id))) continue
    let equal = 0
    let unequal = 0
    for (const [name, node] of others) {
      const known = record?.members.get(name)
      if (known === undefined || !isScalar(known) || node.kind === 'literal') continue
      if (sameNode(known, node)) equal += 1
      else unequal += 1
    }
    const isHeld = record !== undefined && (equal > 0 || named.has(id) || others.length === 0)
    const isGlobalHere = record !== undefined && isGlobal(id)
    const isWhole =
      share === 1 &&
      (record === undefined ? others.length >= MEMBERS_OF_A_NEW_ONE : named.has(id) && others.length >= 2)
    found.push({
      ...{ type, id, isWhole },
      isSure: says === true || type === expected || isGlobalHere || equal > 0,
      score:
        (says === true ? 8 : 0) +
        (isGlobalHere ? 4 : 0) +
        (type === expected ? 4 : 0) +
        (isHeld ? 2 : 0) +
        share +
        (equal + unequal === 0 ? 0 : equal / (equal + unequal)),
    })
  }
  const best = Math.max(...found.map(({ score }) => score))
  const near = found.filter(({ score }) => score > best - MARGIN)
  // One that nothing else comes near to, and that has all these members.
  return near.length === 1
    ? near.map(({ type, id, isSure, isWhole }) => ({ type, id, isSure: isSure || isWhole }))
    : near.map(({ type, id }) => ({ type, id, isSure: false }))
}

/** Undefined: the row or the records do not say. */
function typenameAgrees(type: RecordType, row: JsonObject): boolean | undefined {
  const own = memberOf(row, TYPENAME)
  if (own?.kind !== 'string' || !type.names.has(TYPENAME)) return undefined
  let looked = 0
  for (const records of type.scopes.values())
    for (const { members } of records.values()) {
      const theirs = members.get(TYPENAME)
      if (theirs !== undefined) return sameNode(theirs, own)
      if (++looked >= MAX_LOOKED_AT) return undefined
    }
  return undefined
}

function heldElsewhere(type: RecordType, id: string) {
  for (const records of type.scopes.values()) {
    const record = records.get(id)
    if (record !== undefined) return record
  }
  return undefined
}
