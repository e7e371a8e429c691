// thread: learner
// Forgets in the memory what one credential, one route or one text is about: exemplars with their vectors, names in indices, and all
// that was learned of them. What was learned is not mended but learned anew, by the code that learned it, out of what stays.
import type { TextToEmbed } from '../../core/contract/brain-tasks.js'
import {
  FORGOTTEN_STATE,
  ForgetMatcher,
  type Forgetting,
  type ForgottenIn,
  forgettingsOf,
} from '../../core/contract/forgetting.js'
import type { Exemplar, MemoryErasure, MemoryRow } from '../../core/contract/memory.js'
import { OwnValues } from './own-values.js'
import { type Forgettable, holdsForgettable, isOfWorld, pruned } from './prune-state.js'

/** What was found of it. */
export interface Personal {
  readonly rows: readonly MemoryRow[]
  /** Names in Redis of the vectors among it. */
  readonly textKeys: readonly string[]
  readonly what: string
}

/** What else is told of values is learned of these: it is looked for with them. */
export interface Search {
  readonly matcher: ForgetMatcher
  /** Values of the exemplars that go. */
  readonly own: OwnValues
}

/** All that there is of it. The second search is to be given what the first one found out. */
export function searchMemory(memory: MemoryErasure, { matcher, own }: Search): Personal {
  const rows: MemoryRow[] = []
  const keys = new Set<string>()
  const staying: Exemplar[] = []
  for (const row of memory.rows()) {
    if (row.table !== 'exemplars') continue
    const { key, stored } = row
    if ('gone' in stored) {
      const [, method = '', path = ''] = /^([A-Z]+) (.*)$/.exec(stored.because) ?? []
      if (matcher.exchange({ method, target: path, scope: '' })) rows.push(row)
    } else if (isPersonal(stored, matcher)) {
      rows.push(row)
      keys.add(key)
      own.add(stored)
    } else staying.push(stored)
  }
  for (const stored of staying) own.keep(stored)
  const of: Forgettable = {
    text: text => matcher.text(text) || own.has(text),
    path: (method, path) => matcher.path(method, path),
  }
  const textKeys: string[] = []
  for (const row of memory.rows()) {
    if (row.table === 'exemplars' || !isDerived(row, keys, of)) continue
    rows.push(row)
    if (row.table === 'vectors') textKeys.push(row.stored.textKey)
  }
  return { rows, textKeys, what: countsOf(rows) }
}

function isPersonal(exemplar: Exemplar, matcher: ForgetMatcher): boolean {
  const { method, path, query, scope, requestBody, headers, body, selected = [], negotiated = [] } = exemplar
  const target = query === '' ? path : `${path}?${query}`
  const requestHeaders = [...selected, ...negotiated]
  return matcher.exchange({ method, target, scope, requestHeaders, requestBody, headers, body })
}

function isDerived(row: MemoryRow, keys: ReadonlySet<string>, of: Forgettable): boolean {
  switch (row.table) {
    case 'templates':
      return holdsForgettable('', JSON.stringify(row.template), of)
    case 'vectors':
      return keys.has(row.stored.exemplarKey) || of.text(row.stored.text)
    case 'state':
      return isTextOf(row, keys) || holdsForgettable(row.key, row.json, of)
    case 'keys-of-path':
    case 'keys-of-route': {
      const mark = row.key.lastIndexOf('\n')
      return keys.has(row.key.slice(mark + 1)) || (row.table === 'keys-of-path' && of.text(row.key.slice(0, mark)))
    }
    default:
      return false
  }
}

/** A text that was said in one of these; see meanings.ts. */
function isTextOf({ key, json }: MemoryRow & { table: 'state' }, keys: ReadonlySet<string>): boolean {
  return key.startsWith('text:') && keys.has((JSON.parse(json) as TextToEmbed).exemplarKey)
}

/** Within a batch of the memory, while no learner uses it. */
export function eraseFromMemory(memory: MemoryErasure, { matcher, own }: Search, { rows }: Personal): void {
  const of: Forgettable = {
    text: text => matcher.text(text) || own.has(text),
    path: (method, path) => matcher.path(method, path),
  }
  for (const row of rows) {
    const left = row.table === 'state' ? pruned(row.key, row.json, of) : undefined
    if (left === undefined) memory.erase(row)
    else memory.putState(row.key, left)
  }
  // The parts of the model hold together: without one of them all of it is made anew out of the exemplars.
  if (!rows.some(row => row.table === 'state' && isOfWorld(row.key))) return
  const ofWorld = [...memory.rows()].filter(row => row.table === 'state' && row.key.startsWith('world-'))
  for (const row of ofWorld) memory.erase(row)
}

export interface ForgetParts {
  readonly memory: MemoryErasure
  /** Writes down what is only in the learner. */
  readonly flush: () => Promise<void>
  /** Another learner takes the place of the one before; resolves when it has written down what it made of the memory. */
  readonly relearn: () => Promise<void>
}

export interface Forgot {
  readonly stores: readonly ForgottenIn[]
  readonly textKeys: readonly string[]
}

/** `dryRun`: counts, and changes nothing. Rejects where the memory cannot be written. */
export async function forgetInMemory(parts: ForgetParts, forgetting: Forgetting, dryRun: boolean): Promise<Forgot> {
  const { memory, flush, relearn } = parts
  const search: Search = { matcher: new ForgetMatcher(forgetting), own: new OwnValues() }
  await flush()
  const before = searchMemory(memory, search)
  const found = before.rows.length
  if (dryRun) return { stores: [storeOf(found, 0, found, before.what)], textKeys: before.textKeys }
  // In one: who finds it in the list may take it for done.
  await memory.batch(() => {
    eraseFromMemory(memory, search, before)
    remember(memory, forgetting)
  })
  if (found > 0) await relearn()
  // Always: what was evicted or overwritten before lies in the file as well.
  const problem = await memory.scrub().then(
    () => '',
    error => `the rows are gone, but their octets may still lie in the file: ${(error as Error).message}`,
  )
  const after = searchMemory(memory, search)
  const remaining = after.rows.length
  return {
    stores: [
      {
        ...storeOf(found, found - remaining, remaining, before.what),
        problem: problem !== '' || remaining === 0 ? problem : `still there: ${after.what}; ask once more`,
      },
    ],
    textKeys: [...new Set([...before.textKeys, ...after.textKeys])],
  }
}

function storeOf(found: number, erased: number, remaining: number, what: string): ForgottenIn {
  return { store: 'memory', found, erased: Math.max(0, erased), remaining, what, problem: '' }
}

/** What was to be forgotten and may still come: from other instances, or out of what was under way. */
export function forgettingsIn(memory: MemoryErasure, now: number): Forgetting[] {
  return forgettingsOf(memory.state(FORGOTTEN_STATE), now)
}

function remember(memory: MemoryErasure, forgetting: Forgetting): void {
  const others = forgettingsIn(memory, forgetting.at).filter(({ id }) => id !== forgetting.id)
  memory.putState(FORGOTTEN_STATE, JSON.stringify([...others, forgetting]))
}

const names: readonly (readonly [one: string, is: (row: MemoryRow) => boolean])[] = [
  ['answer', row => row.table === 'exemplars' && !('gone' in row.stored)],
  ['answer that a write buried', row => row.table === 'exemplars' && 'gone' in row.stored],
  ['vector', row => row.table === 'vectors'],
  ['record of the model', row => row.table === 'state' && row.key.startsWith('world-record:')],
  ['template', row => row.table === 'templates'],
  [
    'part of what was learned',
    row => row.table === 'state' && !row.key.startsWith('world-record:') && !row.key.startsWith('text:'),
  ],
]

function countsOf(rows: readonly MemoryRow[]): string {
  return names
    .flatMap(([name, is]) => {
      const count = rows.filter(is).length
      return count === 0 ? [] : [`${count} ${name.replace(/^\w+/, word => (count === 1 ? word : `${word}s`))}`]
    })
    .join(', ')
}
