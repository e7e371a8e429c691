// thread: learner
import type { JsonNode } from '../../core/contract/json.js'
import { queryParams } from '../../core/contract/query-params.js'
import { linksOf } from './derived-fields.js'
import { scalarText } from './inputs.js'
import type { Observation } from './observation.js'
import type { Site } from './sites.js'
import { isScalar } from './tree.js'

/** Numbers and texts around the records of one answer. */
const MAX_MARKS = 256

/** Numbers and texts around the records: candidates for totals and for tokens of other pages. */
export function marksOf(
  { body, headers, query }: Observation,
  site: Site,
): { numbers: Map<string, number>; tokens: Set<string> } {
  const numbers = new Map<string, number>()
  const tokens = new Set<string>()
  const own = new Set(queryParams(query).map(([name, value]) => `${name}=${value}`))
  const note = (key: string, text: string): void => {
    if (numbers.size + tokens.size >= MAX_MARKS) return
    if (/^\d{1,12}$/.test(text)) numbers.set(key, Number(text))
    const mark = text.indexOf('?')
    if (mark >= 0) {
      // What the question said itself is no token of another page.
      for (const [name, value] of new URLSearchParams(text.slice(mark + 1)))
        if (!own.has(`${name}=${value}`)) tokens.add(`${name}=${value}`)
    } else if (text.length > 0 && text.length <= 512) tokens.add(`=${text}`)
  }
  const walk = (node: JsonNode, path: readonly string[]): void => {
    if (path.length > 5) return
    if (node.kind === 'object') {
      for (const [name, child] of node.entries) {
        const at = [...path, name]
        if (at.length === site.path.length && at.every((part, i) => part === site.path[i])) continue
        walk(child, at)
      }
    } else if (isScalar(node)) note(path.join('.'), scalarText(node))
  }
  if (site.path.length > 0) walk(body, [])
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    if (name === 'link') for (const { url } of linksOf(headers[i + 1]!)) note(`header:${name}`, url)
    else if (/count|total|range|next|cursor|page/i.test(name)) {
      const range = /\/(\d+)$/.exec(headers[i + 1]!)
      note(`header:${name}`, range === null ? headers[i + 1]! : range[1]!)
    }
  }
  return { numbers, tokens }
}
