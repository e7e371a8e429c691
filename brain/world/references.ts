// thread: learner
// Things that were never shown, of which it is known that they are there: records of other types name them. `flight.tailnum`
// names the plane whose identifier is called so, `movie.directorId` the director. Pure but for looking records up.
import type { JsonNode } from '../../core/contract/json.js'
import type { RecordType } from './records.js'
import { countOf } from './selection.js'
import { idRank } from './sites.js'

/** Types whose records are asked. */
const MAX_TYPES = 64

/** Who names a thing of this type: `flights tailnum`; undefined: nobody does. `word`: what one of them is called (`director`). */
export function namerOf(
  types: readonly RecordType[],
  type: RecordType,
  word: string,
  scope: string,
  id: string,
): string | undefined {
  const names = namesFor(type, word)
  for (const other of types.slice(0, MAX_TYPES)) {
    if (other === type) continue
    for (const name of other.names) {
      if (!names.has(plain(name))) continue
      if (countOf(other, scope, [{ filter: { member: name, test: 'eq' }, value: id }]) > 0)
        return `${other.name} ${name}`
    }
  }
  return undefined
}

/** How members are called that hold identifiers of this type, without what only writes them otherwise. */
function namesFor({ idMember }: RecordType, word: string): ReadonlySet<string> {
  const names = new Set<string>()
  if (idMember === undefined) return names
  // `id` of anything is its own; `tailnum` is that of a plane, wherever it stands.
  if (!isGeneric(idMember)) names.add(plain(idMember))
  if (word.length > 1) for (const of of ['', 'id', plain(idMember)]) names.add(plain(word) + of)
  return names
}

/** `id`, `code`: of whom it is says only the place. */
function isGeneric(name: string): boolean {
  const rank = idRank(name)
  return name.length < 3 || name.toLowerCase() === 'name' || (rank !== undefined && rank !== NAMED)
}

/** The rank of a name that says whose identifier it is. */
const NAMED = idRank('fooId')!

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '')
}

/** An identifier written as those that are known; undefined: none is. */
export function idNode(type: RecordType, id: string): JsonNode | undefined {
  if (type.idMember !== undefined)
    for (const records of type.scopes.values())
      for (const { members } of records.values()) {
        const like = members.get(type.idMember)
        if (like !== undefined)
          return like.kind === 'number' && /^-?(?:0|[1-9]\d*)$/.test(id)
            ? { kind: 'number', raw: id }
            : { kind: 'string', value: id }
      }
  return undefined
}
