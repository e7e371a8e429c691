// thread: learner
// What is not known of the things that an API speaks of, though it is known to be there: ids that lists showed and whose
// details were never seen, parts of lists that nobody asked for. Bounded: it looks at so many and no more.
import { decodePart } from '../../core/contract/query-params.js'
import { endpointOf } from './graph.js'
import { type Inputs, inputsOf } from './inputs.js'
import type { Observation } from './observation.js'
import { percentEncoded } from './percent-encoding.js'
import type { Rec, RecordType } from './records.js'
import type { List } from './route-lists.js'
import type { RouteWorld } from './route-world.js'

export interface Gap {
  readonly kind: 'detail' | 'page'
  /** Path and query that would fill it; undefined where that cannot be told. */
  readonly target: string | undefined
  readonly scope: string
  /** Share of the requests to its route that it is expected to cost, 0…1. */
  readonly share: number
  readonly because: string
}

const MAX_RECORDS = 5000
const MAX_LISTS = 500
/** Pages of one list that are named at once. */
const MAX_PAGES = 5
/** A member is a part of a view where so many of its records had it. */
const ALWAYS = 0.95

export function gapsOf(route: RouteWorld): Gap[] {
  // What is asked in the body of a query has no target of its own.
  if (endpointOf(route.id) !== undefined || route.type === undefined) return []
  return [...missingDetails(route, route.type), ...missingPages(route)]
}

// ── details ──────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Sample {
  readonly observation: Observation
  readonly inputs: Inputs
  readonly id: string
}

function missingDetails(route: RouteWorld, type: RecordType): Gap[] {
  const samples = route.observations.flatMap(observation => {
    const inputs = inputsOf(observation.params, observation.query, observation.asked)
    const id = inputs === undefined ? undefined : route.nameIn(inputs)
    return inputs === undefined || id === undefined || observation.asked !== undefined
      ? []
      : [{ observation, inputs, id }]
  })
  const sample = samples.findLast(({ observation }) => observation.query === '') ?? samples.at(-1)
  if (sample === undefined) return []
  const viewKey = `${route.id} ${route.variantOf(sample.inputs)}`
  const view = type.views.get(viewKey)
  if (view === undefined) return []
  const names = [...view.members].filter(([, { shown }]) => shown >= view.records * ALWAYS).map(([name]) => name)
  const gaps: Gap[] = []
  let looked = 0
  let times = 0
  for (const [scope, records] of type.scopes)
    for (const record of records.values()) {
      if (looked >= MAX_RECORDS) break
      if (record.goneAt > 0) continue
      looked += 1
      times += record.times
      const unknown = names.filter(
        name =>
          type.shown(record, viewKey, name) === undefined &&
          route.derivedMember(record, name, viewKey, scope) === undefined,
      )
      if (unknown.length === 0) continue
      gaps.push({
        kind: 'detail',
        target: targetOf(sample, record),
        scope,
        share: (record.times * unknown.length) / names.length,
        because: `${type.name} ${record.id} was shown ${record.times} times, never with ${someOf(unknown)}`,
      })
    }
  // What is shown often is asked for often; those that were not looked at are asked for, too.
  const all = times * Math.max(1, type.size / Math.max(1, looked))
  return gaps.map(gap => ({ ...gap, share: gap.share / Math.max(1, all) }))
}

function someOf(names: readonly string[]): string {
  const some = names.slice(0, 5).join(', ')
  return names.length > 5 ? `${some} and ${names.length - 5} more` : some
}

/** The sample's own target with another identifier; undefined where its place in the path is not certain. */
function targetOf({ observation, id }: Sample, record: Rec): string | undefined {
  const { path, query } = observation
  const segments = path.split('/')
  const places = segments.flatMap((segment, i) => (withoutExtension(segment, id) === undefined ? [] : [i]))
  const [place] = places
  if (place === undefined || places.length > 1) return undefined
  const own = percentEncoded(record.id)
  if (own === undefined) return undefined
  segments[place] = `${own}${withoutExtension(segments[place]!, id)}`
  return `${segments.join('/')}${query === '' ? '' : `?${query}`}`
}

/** What stands behind the identifier in a segment of a path: '' or `.json`; undefined where it is another segment. */
function withoutExtension(segment: string, id: string): string | undefined {
  const text = decodePart(segment, false)
  if (!text.startsWith(id)) return undefined
  const rest = text.slice(id.length)
  return rest === '' || /^\.[a-z]{2,7}$/i.test(rest) ? rest : undefined
}

// ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function missingPages(route: RouteWorld): Gap[] {
  const asked = new Map<string, { observation: Observation; inputs: Inputs; count: number }>()
  let all = 0
  for (const observation of route.observations) {
    const inputs = inputsOf(observation.params, observation.query, observation.asked)
    if (inputs === undefined || observation.asked !== undefined) continue
    all += 1
    const key = route.lists.key(inputs, observation.scope)
    asked.set(key, { observation, inputs, count: (asked.get(key)?.count ?? 0) + 1 })
  }
  const gaps: Gap[] = []
  let looked = 0
  for (const [key, list] of route.lists.all) {
    if (++looked > MAX_LISTS) break
    const { total, known, ids } = list.list
    if (total === undefined || known >= total) continue
    const like = asked.get(key)
    const limit = like === undefined ? undefined : route.lists.sliceOf(like.inputs, list)?.limit
    const onPage = limit === undefined || !Number.isFinite(limit) || limit <= 0 ? total : limit
    // All pages alike, for who knows; a list that was not asked for lately, like one request.
    const share = (like?.count ?? 1) / Math.max(1, all)
    let place = 0
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      while (place < total && ids[place]) place += 1
      if (place >= total) break
      gaps.push({
        kind: 'page',
        target: like === undefined ? undefined : pageTarget(route, list, like.observation, place),
        scope: list.scope,
        share: share * Math.min(1 - known / total, onPage / total),
        because: `${known} of ${total} rows are known, the one at ${place} is not`,
      })
      place = (Math.floor(place / onPage) + 1) * onPage
    }
  }
  return gaps
}

/** The question that shows a place in a list: another like it, further on. */
function pageTarget(route: RouteWorld, list: List, like: Observation, place: number): string | undefined {
  const inputs = inputsOf(like.params, like.query)
  const slice = inputs === undefined ? undefined : route.lists.sliceOf(inputs, list)
  if (slice === undefined || !Number.isFinite(slice.limit) || slice.limit <= 0) return undefined
  for (const window of route.rules.windows) {
    if (/^[/.]/.test(window.input)) continue
    const value =
      window.kind === 'page'
        ? String(Math.floor(place / slice.limit) + window.first)
        : window.kind === 'offset'
          ? String(place)
          : tokenOf(list, window.input, place)
    if (value === undefined) continue
    const pairs = new URLSearchParams(like.query)
    for (const other of route.rules.windows) if (other !== window) pairs.delete(other.input)
    pairs.set(window.input, value)
    const query = pairs.toString()
    const there = route.lists.sliceOf(inputsOf(like.params, query) ?? new Map(), list)
    if (there !== undefined && there.start <= place && place < there.start + there.limit) return `${like.path}?${query}`
  }
  return undefined
}

function tokenOf({ cursors }: List, input: string, place: number): string | undefined {
  for (const [token, at] of cursors) {
    if (at !== place) continue
    if (token.startsWith(`${input}=`)) return token.slice(input.length + 1)
    if (token.startsWith('=')) return token.slice(1)
  }
  return undefined
}
