// thread: learner
// What the parts of a request mean on its route, and the request nearest to it that was answered. For people who ask why.
import type { ExplainedInput, FieldDifference, NearestRequest } from '../../core/contract/explanation.js'
import { type Inputs, inputsOf, SEPARATOR } from './inputs.js'
import type { RouteWorld } from './route-world.js'

const MAX_VALUE = 200

export function explainInputs(route: RouteWorld, inputs: Inputs): ExplainedInput[] {
  const seen = new Map<string, number>()
  for (const { params, query, asked } of route.observations)
    for (const name of inputsOf(params, query, asked)?.keys() ?? []) seen.set(name, (seen.get(name) ?? 0) + 1)
  return [...inputs].map(([name, value]) => ({
    input: nameOf(name, route.pattern),
    value: shown(value),
    meaning: meaningOf(route, name),
    seen: seen.get(name) ?? 0,
  }))
}

function meaningOf({ rules, namedBy, knowsInput }: RouteWorld, name: string): string {
  if (namedBy?.input === name) return 'names the record'
  if (rules.limit === name) return 'how many rows'
  if (rules.end === name) return 'where the rows end'
  for (const window of rules.windows) {
    if (window.input !== name) continue
    return window.kind === 'page' ? `page, from ${window.first}` : window.kind === 'offset' ? 'offset' : 'cursor'
  }
  for (const { input, orderInput } of rules.sorts) {
    if (input === name) return 'sorted by'
    if (orderInput === name) return 'direction of the order'
  }
  const filter = rules.filters.get(name)
  if (filter !== undefined)
    return filter.test === 'expression' ? 'filter: an expression' : `filter: ${filter.member} ${filter.test}`
  if (rules.projections.has(name)) return 'which members are shown'
  if (rules.presentation.has(name)) return 'how rows are shown'
  return knowsInput(name) ? 'not understood: another value is another list' : 'never seen on this route'
}

/** Among the answers that this credential may know of. */
export function nearestRequest(route: RouteWorld, inputs: Inputs, scope: string): NearestRequest | null {
  let nearest: NearestRequest | null = null
  for (const { path, params, query, asked, scope: owner } of route.observations) {
    if (owner !== '' && owner !== scope) continue
    const known = inputsOf(params, query, asked)
    if (known === undefined) continue
    const differs = differencesOf(inputs, known, route.pattern)
    // The newest of those that are equally near.
    if (nearest === null || differs.length <= nearest.differs.length)
      nearest = { target: `${path}${query === '' ? '' : `?${query}`}`, differs }
  }
  return nearest
}

function differencesOf(asked: Inputs, known: Inputs, pattern: string): FieldDifference[] {
  const differs: FieldDifference[] = []
  for (const name of new Set([...asked.keys(), ...known.keys()])) {
    const [a, b] = [asked.get(name), known.get(name)]
    if (a === b) continue
    differs.push({
      field: nameOf(name, pattern),
      asked: a === undefined ? null : shown(a),
      known: b === undefined ? null : shown(b),
    })
  }
  return differs
}

/** `/0` is the first parameter of the pattern, `/0.` how its value ends, `.a.b` a leaf of the body. */
function nameOf(input: string, pattern: string): string {
  const place = /^\/(\d+)(\.?)$/.exec(input)
  if (place !== null) {
    const param = [...pattern.matchAll(/\{[^}]*\}/g)][Number(place[1])]?.[0] ?? `{${place[1]}}`
    return place[2] === '' ? param : `${param}.…`
  }
  return input.startsWith('.') ? `body${input}` : input
}

function shown(value: string): string {
  const text = value.replaceAll(SEPARATOR, ', ')
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text
}
