// thread: learner
// Where in an answer its records stand, by the answer and its question alone.
import type { JsonNode } from '../../core/contract/json.js'
import { fromBase64 } from './base64.js'
import type { Inputs } from './inputs.js'
import { idRank, listSites, objectSites, type Site } from './sites.js'
import { idText, type JsonObject, leafCount } from './tree.js'

/** The place of the records in one answer: an object that the question names, else the largest list, else an object with an identifier. */
export function siteOf(body: JsonNode, inputs: Inputs): Site | undefined {
  const objects = objectSites(body)
  const leaves = leafCount(body)
  const values = new Set([...inputs].filter(([name]) => name.startsWith('/') || leaves < 100).map(([, value]) => value))
  const paths = new Set([...inputs].filter(([name]) => name.startsWith('/')).map(([, value]) => value))
  for (const { site, object } of objects) {
    // What only echoes the question is small beside what it asked for.
    if (leafCount(object) < leaves * 0.3) continue
    for (const [name, value] of object.entries.slice(0, 40)) {
      const id = idText(value)
      if (id === undefined) continue
      // A path names its record; a number in a query may be the same as one at the head of the answer by chance.
      const isNamed = values.has(id) || namesBase64(id, inputs)
      const leads = object.entries[0]?.[0] === name && paths.has(id)
      if (isNamed && (idRank(name) !== undefined || leads)) return site
    }
  }
  const lists = listSites(body)
    .filter(({ rows }) => rows.length > 0)
    .sort((a, b) => b.leaves - a.leaves)
  const [list] = lists
  const record = objects.find(({ object }) => identifiesItself(object))
  if (
    list !== undefined &&
    (record === undefined ||
      list.leaves * 2 > leafCount(record.object) ||
      !list.site.path.slice(0, record.site.path.length).every((part, i) => part === record.site.path[i]))
  )
    return list.site
  return record?.site
}

function identifiesItself(object: JsonObject): boolean {
  return object.entries.some(([name, value]) => (idRank(name) ?? 99) < 5 && idText(value) !== undefined)
}

function namesBase64(id: string, inputs: Inputs): boolean {
  const plain = fromBase64(id)
  if (plain === undefined) return false
  for (const value of inputs.values())
    if (value !== '' && plain.endsWith(value) && /[^A-Za-z0-9]$/.test(plain.slice(0, plain.length - value.length)))
      return true
  return false
}
