// thread: learner
// Exchanges and exemplars under the names that they have by what is known of their route: without parameters that change nothing,
// and by the fields that choose the form of an answer.
import type { Exchange } from '../../core/contract/exchange.js'
import type { Exemplar } from '../../core/contract/memory.js'
import { isNegotiating, negotiatingFields } from '../../core/contract/negotiation.js'
import { baseKeyOf, paramsNamed, selection, variedKeyOf, withoutParams } from '../../core/contract/request-key.js'

/** What of a request tells its answer from others, as far as is known. */
export interface Identities {
  readonly ignored: ReadonlySet<string>
  /** Fields that select among the answers of a base key, beside those that they name themselves. */
  fieldsOf(baseKey: string): Iterable<string>
}

export interface LearnedExchange extends Exchange {
  /** See Exemplar.ignored. */
  readonly ignored?: readonly string[]
  /** See Exemplar.negotiated. */
  readonly negotiated: readonly string[]
}

type Named = Pick<
  Exemplar,
  'method' | 'path' | 'query' | 'scope' | 'baseKey' | 'key' | 'ignored' | 'selected' | 'negotiated'
>

/** The same where nothing of it is named in another way. */
export function identified<T extends Named>(of: T, { ignored, fieldsOf }: Identities): T {
  const { method, path, scope, selected = [], negotiated = [] } = of
  // What selected it is not known any more.
  if (of.key !== of.baseKey && selected.length === 0) return of
  const left = paramsNamed(of.query, ignored).map(([name]) => name)
  const query = withoutParams(of.query, ignored)
  const baseKey = left.length === 0 ? of.baseKey : baseKeyOf({ method, path, query, scope })
  const values = new Map<string, string>()
  for (let i = 0; i < selected.length; i += 2) values.set(selected[i]!, selected[i + 1]!)
  const known = values.size
  for (const field of fieldsOf(baseKey)) {
    const at = negotiated.indexOf(field)
    if (!values.has(field) && at >= 0) values.set(field, negotiated[at + 1]!)
  }
  if (left.length === 0 && values.size === known) return of
  const by = [...values].sort(([a], [b]) => (a < b ? -1 : 1)).flat()
  return {
    ...of,
    query,
    baseKey,
    key: variedKeyOf(baseKey, by),
    ...(left.length === 0 ? {} : { ignored: [...new Set([...(of.ignored ?? []), ...left])] }),
    ...(by.length === 0 ? {} : { selected: by }),
  }
}

/** What a request has in the fields by which forms are chosen; see Exemplar.negotiated. */
export function negotiatedBy(requestHeaders: readonly string[]): string[] {
  return negotiatingFields.flatMap(field => [field, selection(requestHeaders, field)])
}

/** The names in a flat list of fields and values. */
export function fieldsIn(selected: readonly string[] | undefined): string[] {
  return (selected ?? []).filter((_, i) => i % 2 === 0)
}

export function negotiatingIn(fields: readonly string[] | undefined): string[] {
  return (fields ?? []).filter(isNegotiating)
}

/** Does it hold for its key, as parameters are read now? */
export function isBelieved({ ignored }: Pick<Exemplar, 'ignored'>, names: ReadonlySet<string>): boolean {
  return ignored === undefined || ignored.every(name => names.has(name))
}
