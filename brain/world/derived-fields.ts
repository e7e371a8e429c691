// thread: learner
// Header fields of an answer as a tree, so that they are derived like the leaves around the records: totals, ranges, and the
// links of RFC 8288 by their relation. Pure.
import { isOfOneAnswer } from '../../core/contract/body-fields.js'
import type { JsonNode } from '../../core/contract/json.js'
import { memberOf } from './tree.js'

/** `headers`: flat, lower-case names. Fields of one name stand apart, for their order tells. */
export function fieldTree(headers: readonly string[]): JsonNode {
  const entries: (readonly [string, JsonNode])[] = []
  const counts = new Map<string, number>()
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    if (name !== 'link' && isOfOneAnswer(name)) continue
    const count = counts.get(name) ?? 0
    counts.set(name, count + 1)
    const value = headers[i + 1]!
    entries.push([count === 0 ? name : `${name} ${count}`, (name === 'link' && linkTree(value)) || text(value)])
  }
  return { kind: 'object', entries }
}

/** The fields of a tree that was put together; what is not known of a field leaves all of it out. */
export function fieldsOf(tree: JsonNode | undefined): string[] {
  if (tree?.kind !== 'object') return []
  return tree.entries.flatMap(([name, node]) => {
    const value = node.kind === 'string' ? node.value : linkField(node)
    return value === undefined || !isFieldValue(value) ? [] : [name.split(' ')[0]!, value]
  })
}

/**
 * RFC 9110 §5.5. What is derived of a question has its escapes undone: with a line end in it the client would write fields of its
 * own. Beyond one octet a letter would become another one on its way, which may be a line end as well.
 */
function isFieldValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]+$/.test(text)
}

export interface Link {
  readonly url: string
  readonly rel: string
}

export function linksOf(header: string): Link[] {
  const links: Link[] = []
  for (const match of header.matchAll(/<([^<>]*)>\s*((?:;\s*[^,;]+)*)/g)) {
    const rel = /rel="?([^";]+)"?/.exec(match[2] ?? '')
    links.push({ url: match[1]!, rel: rel?.[1] ?? '' })
  }
  return links
}

/** By relation; undefined where the field says more than addresses and relations, or says it in another form. */
function linkTree(value: string): JsonNode | undefined {
  const links = linksOf(value)
  const tree: JsonNode = { kind: 'object', entries: links.map(({ url, rel }) => [rel, text(url)] as const) }
  const names = new Set(links.map(({ rel }) => rel))
  return links.length > 0 && names.size === links.length && linkField(tree) === value ? tree : undefined
}

function linkField(tree: JsonNode): string | undefined {
  if (tree.kind !== 'object') return undefined
  const links = tree.entries.map(([rel]) => {
    const url = memberOf(tree, rel)
    return url?.kind === 'string' ? `<${url.value}>; rel="${rel}"` : undefined
  })
  return links.includes(undefined) ? undefined : links.join(', ')
}

function text(value: string): JsonNode {
  return { kind: 'string', value }
}
