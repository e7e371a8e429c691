// thread: learner
// What is left of a state of the learner without what is to be forgotten. Where a part cannot be told apart the whole of it goes,
// and is learned anew out of the exemplars that stay, or of traffic. Pure.
import { textsIn } from './state-texts.js'

export interface Forgettable {
  /** A text that stands alone, such as a value or a segment of a path. */
  text(text: string): boolean
  /** A path or pattern of a route. */
  path(method: string, path: string): boolean
}

/** As route-table.ts writes a node. */
interface RouteNode {
  c?: [text: string, node: RouteNode][]
  p?: [type: string, node: RouteNode]
  l?: [number, number, number]
  s?: string
}

/** Names of states that hold the whole model of the API, but for its records, each of which has one of its own. */
const ofWorld = /^world-(?!record:)/
/** One thing each: where it is to be forgotten, nothing else is lost. */
const single = /^(world-record|text):/
/** They say nothing of anybody. */
const plain = /^(version|bytes|lesson-version|shared-position|scrubbed|forgotten)$/

export function isOfWorld(name: string): boolean {
  return ofWorld.test(name)
}

/** Whether anything of it is to be forgotten. */
export function holdsForgettable(name: string, json: string, of: Forgettable): boolean {
  if (plain.test(name)) return false
  if (name === 'routes') return prunedRoutes(json, of) !== undefined
  if (of.text(json)) return true
  for (const text of textsIn(json)) if (of.text(text)) return true
  return false
}

/** Of a state that holds something: what may stay of it; undefined: nothing. */
export function pruned(name: string, json: string, of: Forgettable): string | undefined {
  if (single.test(name) || isOfWorld(name)) return undefined
  if (name === 'routes') return prunedRoutes(json, of)
  if (name === 'knowledge') return prunedKnowledge(json, of)
  return undefined
}

/** Undefined: nothing is to be forgotten of it. */
function prunedRoutes(json: string, of: Forgettable): string | undefined {
  let isChanged = false
  const prune = (method: string, node: RouteNode, path: string): RouteNode => {
    const { c, p, l, s } = node
    const isForgotten = l !== undefined && (of.text(path) || of.path(method, path))
    const constants = c
      ?.filter(([text]) => !of.text(text))
      .map(([text, child]): [string, RouteNode] => [text, prune(method, child, `${path}/${text}`)])
    if (isForgotten || constants?.length !== c?.length) isChanged = true
    return {
      ...(constants === undefined ? {} : { c: constants }),
      ...(p === undefined ? {} : { p: [p[0], prune(method, p[1], `${path}/{}`)] }),
      ...(l === undefined || isForgotten ? {} : { l }),
      ...(s === undefined || isForgotten ? {} : { s }),
    }
  }
  const table = Object.entries(JSON.parse(json) as Record<string, RouteNode>)
  const left = Object.fromEntries(table.map(([method, root]) => [method, prune(method, root, '')]))
  return isChanged ? JSON.stringify(left) : undefined
}

/** Grades are numbers; what else is known of a route is learned anew. */
function prunedKnowledge(json: string, of: Forgettable): string {
  const entries = JSON.parse(json) as [id: string, known: Record<string, unknown>][]
  return JSON.stringify(
    entries.map(([id, known]) => {
      if (!holdsForgettable('', JSON.stringify(known), of)) return [id, known]
      const { volatile: _, baseline: __, ...grades } = known
      return [id, grades]
    }),
  )
}
