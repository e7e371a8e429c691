// thread: learner
import type { JsonNode } from '../../core/contract/json.js'
import { inputsOf } from './inputs.js'
import { idRank, listSites, objectSites } from './sites.js'
import { idText } from './tree.js'

/** Does an answer have the last segment of its path for the identifier of the one record that it shows? */
export function namesItself(path: string, body: JsonNode): boolean {
  const last = path.slice(path.lastIndexOf('/') + 1)
  const id = inputsOf([last], '')?.get('/0')
  if (id === undefined || id === '') return false
  const records = [
    ...objectSites(body)
      .slice(0, 3)
      .map(({ object }) => object),
    ...listSites(body)
      .filter(({ rows }) => rows.length === 1)
      .map(({ rows }) => rows[0]!),
  ]
  return records.some(
    record =>
      record.kind === 'object' &&
      record.entries
        .slice(0, 12)
        .some(([name, value], i) => idText(value) === id && (i === 0 || idRank(name) !== undefined)),
  )
}
