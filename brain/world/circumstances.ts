// thread: learner
// What is known of one answer before it is looked at: its question, its rows, its place in the list. What stands around records
// is derived from it.
import type { JsonNode } from '../../core/contract/json.js'
import { queryParams } from '../../core/contract/query-params.js'
import { type Inputs, scalarText } from './inputs.js'
import type { Circumstances } from './surroundings.js'
import { isScalar } from './tree.js'

/** Values from which leaves around the records may be derived. */
export function circumstancesOf(
  path: string,
  query: string,
  inputs: Inputs,
  of: {
    columns: readonly string[]
    rows: readonly (JsonNode | undefined)[]
    n: number | undefined
    slice: { start: number; limit: number } | undefined
    total: number | undefined
  },
): Circumstances {
  const values = new Map<string, string>()
  for (const [name, value] of inputs) values.set(`in:${name}`, value)
  const { rows, n, slice, total } = of
  let hasMore: boolean | undefined
  if (n !== undefined && slice !== undefined) {
    const { start, limit } = slice
    hasMore = total !== undefined ? start + n < total : n > 0 && n >= limit
    if (total !== undefined) values.set('total', String(total))
    values.set('n', String(n))
    values.set('start', String(start))
    if (Number.isFinite(limit)) {
      values.set('limit', String(limit))
      if (limit > 0) {
        const page = Math.floor(start / limit)
        values.set('page', String(page + 1))
        values.set('page0', String(page))
        values.set('nextPage', String(page + 2))
        values.set('nextPage0', String(page + 1))
        if (page > 0) values.set('previousPage', String(page))
        if (page > 1) values.set('previousPage0', String(page - 1))
        if (total !== undefined) {
          values.set('pages', String(Math.ceil(total / limit)))
          values.set('lastPage0', String(Math.max(0, Math.ceil(total / limit) - 1)))
        }
        values.set('nextStart', String(start + limit))
        if (start > 0) values.set('previousStart', String(Math.max(0, start - limit)))
      }
    }
    values.set('end', String(start + n))
    if (n > 0) values.set('lastIndex', String(start + n - 1))
    values.set('first', String(start + 1))
  } else if (n !== undefined) values.set('n', String(n))
  const last = rows.at(-1)
  if (last?.kind === 'object' && rows.length > 0)
    for (const [name, value] of last.entries.slice(0, 30))
      if (isScalar(value)) values.set(`last:${name}`, scalarText(value))
  const first = rows[0]
  if (first?.kind === 'object')
    for (const [name, value] of first.entries.slice(0, 30))
      if (isScalar(value)) values.set(`first:${name}`, scalarText(value))
  const pairs = queryParams(query).filter(([name, value]) => name !== '' || value !== '')
  return {
    values,
    hasMore,
    hasBefore: slice === undefined ? undefined : slice.start > 0,
    columns: of.columns,
    path,
    pairs,
  }
}

/** Is there something on the page, before it, behind it? */
export function situationOf({ values, hasMore, hasBefore }: Circumstances): string {
  return `${values.get('n') === '0' ? 'empty' : 'rows'} ${hasBefore} ${hasMore} ${values.has('limit')}`
}
