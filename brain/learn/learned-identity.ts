// thread: learner
// Exchanges and exemplars under the names that they have by what is known of their route: without parameters that change nothing.
import type { Exchange } from '../../core/contract/exchange.js'
import type { Exemplar } from '../../core/contract/memory.js'
import { baseKeyOf, paramsNamed, variedKeyOf, withoutParams } from '../../core/contract/request-key.js'

export interface LearnedExchange extends Exchange {
  /** See Exemplar.ignored. */
  readonly ignored?: readonly string[]
}

type Named = Pick<Exemplar, 'method' | 'path' | 'query' | 'scope' | 'baseKey' | 'key' | 'ignored' | 'selected'>

/** The same where none of these parameters is in it. */
export function withoutIgnored<T extends Named>(of: T, names: ReadonlySet<string>): T {
  const left = paramsNamed(of.query, names)
  // What selected it is not known any more.
  if (left.length === 0 || (of.key !== of.baseKey && of.selected === undefined)) return of
  const { method, path, scope, selected = [] } = of
  const query = withoutParams(of.query, names)
  const baseKey = baseKeyOf({ method, path, query, scope })
  const ignored = [...new Set([...(of.ignored ?? []), ...left.map(([name]) => name)])]
  return { ...of, query, baseKey, key: variedKeyOf(baseKey, selected), ignored }
}

/** Does it hold for its key, as parameters are read now? */
export function isBelieved({ ignored }: Pick<Exemplar, 'ignored'>, names: ReadonlySet<string>): boolean {
  return ignored === undefined || ignored.every(name => names.has(name))
}
