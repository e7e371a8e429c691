// What can happen to the answers of an API, put into recorded ones.
import type { AnomalyKind } from '../../core/contract/anomalies.js'
import type { Recorded } from './recorded.js'

export interface AnswerCase {
  readonly name: string
  readonly kind: AnomalyKind
  /** The body as it is then; undefined: it is as it was. */
  readonly change: (recorded: Recorded) => unknown
}

type Members = Record<string, unknown>

/** The records of an answer: itself, what is in it, or its rows. */
function changed(body: unknown, change: (record: Members) => Members): unknown {
  if (Array.isArray(body)) return body.map(item => changed(item, change))
  if (typeof body !== 'object' || body === null) return body
  const members = body as Members
  return Array.isArray(members.rows) ? { ...members, rows: changed(members.rows, change) } : change(members)
}

const last = (record: Members): string => Object.keys(record).at(-1) ?? ''

export const answerCases: readonly AnswerCase[] = [
  {
    ...{ name: 'a field is gone', kind: 'shape-drift' },
    change: ({ body }) => changed(body, record => Object.fromEntries(Object.entries(record).slice(0, -1))),
  },
  {
    ...{ name: 'a field is another type', kind: 'shape-drift' },
    change: ({ body }) => changed(body, record => ({ ...record, [last(record)]: { value: record[last(record)] } })),
  },
  {
    ...{ name: 'a field has another name', kind: 'shape-drift' },
    change: ({ body }) =>
      changed(body, record =>
        Object.fromEntries(
          Object.entries(record).map(([name, value]) => [name === last(record) ? `${name}_v2` : name, value]),
        ),
      ),
  },
  {
    ...{ name: 'an error with status 200', kind: 'soft-failure' },
    change: () => ({ error: { message: 'the database is locked' } }),
  },
]
