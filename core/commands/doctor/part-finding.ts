// thread: main of a process that is no proxy
// How bad it is that a part does not work depends on what the settings want of it. Pure.
import type { Settings } from '../../contract/settings.js'
import type { Examined, ExaminedPart } from './examination.js'
import { type Finding, ok, warning, wrong } from './finding.js'

export type WantedOfParts = Pick<Settings, 'front' | 'embedder' | 'history' | 'postgresUrl' | 'redisUrl' | 'fetchModel'>

/** Whether anything depends on it. */
export function isWanted(part: ExaminedPart, wanted: WantedOfParts): boolean {
  switch (part) {
    case 'uWebSockets.js':
      return wanted.front === 'uws'
    case 'onnxruntime':
    case 'model':
      return wanted.embedder !== 'lexical'
    case 'DuckDB':
      return wanted.history && wanted.postgresUrl === ''
    case 'Redis':
      return wanted.redisUrl !== ''
    case 'PostgreSQL':
      return wanted.history && wanted.postgresUrl !== ''
    default:
      return true
  }
}

/** What is done in its place. */
const without: Readonly<Partial<Record<ExaminedPart, string>>> = {
  'uWebSockets.js': 'the strict front takes over',
  'hnswlib-node': 'vectors are searched one by one',
  DuckDB: 'no history is kept',
  onnxruntime: 'requests are embedded by words alone',
  model: 'requests are embedded by words alone',
  Redis: 'this instance goes on alone',
  PostgreSQL: 'the history is kept here until it is reached',
}

export function partFinding(part: ExaminedPart, examined: Examined, wanted: WantedOfParts): Finding {
  if (examined.kind === 'fine') return ok(part, examined.says)
  const { kind, says, remedy } = examined
  const instead = without[part]
  // Somebody named it, and nothing else will do.
  const isAsked =
    part === 'Redis' ||
    part === 'PostgreSQL' ||
    ((part === 'onnxruntime' || part === 'model') && wanted.embedder === 'transformer')
  if (kind === 'lacking') return warning(part, says, remedy)
  if (part === 'model' && wanted.fetchModel && !isAsked)
    return warning(
      part,
      `${says}; ${instead} until it is there`,
      `${remedy}; with CHAOS_FETCH_MODEL=on the proxy fetches it when it starts`,
    )
  const told = instead === undefined ? says : `${says}; ${instead}`
  return instead === undefined || isAsked ? wrong(part, told, remedy) : warning(part, told, remedy)
}
