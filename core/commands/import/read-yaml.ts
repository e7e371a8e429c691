// thread: main of a process that is no proxy
// YAML that somebody else wrote, as the values of JSON that it stands for. A small file may stand for more than any machine holds
// (aliases of aliases), or for what has no end (one that contains itself): both are refused. Pure.
import { parseDocument } from 'yaml'

export type YamlRead = { readonly document: unknown } | { readonly problem: string }

/** Of characters. API descriptions of the largest providers have some MiB. */
const MAX_LENGTH = 32 << 20
/** Of one anchor, times what aliases in it stand for. */
const MAX_ALIASES = 10_000
/** With all aliases written out: values, and characters of texts and names. */
const MAX_VALUES = 2_000_000
const MAX_CHARACTERS = 128 << 20
const MAX_DEPTH = 200
const TOO_DEEP = `it is nested deeper than ${MAX_DEPTH} levels, or an alias stands within its own anchor`

/** YAML 1.2, the core schema, with the merge key `<<` of 1.1. `problem` completes the sentence «FILE: … ». */
export function readYaml(text: string): YamlRead {
  if (text.length > MAX_LENGTH)
    return {
      problem: `it is YAML of ${text.length} characters, and at most ${MAX_LENGTH} are read; convert it to JSON`,
    }
  try {
    const parsed = parseDocument(text, { merge: true, uniqueKeys: true, prettyErrors: true })
    const [error] = parsed.errors
    if (error !== undefined) return { problem: problemOf(error.message) }
    const document: unknown = parsed.toJS({ maxAliasCount: MAX_ALIASES })
    const excess = excessOf(document)
    return excess === undefined ? { document } : { problem: excess }
  } catch (error) {
    return { problem: problemOf((error as Error).message) }
  }
}

function problemOf(message: string): string {
  // What is nested too deep for the stack the package tells as an error of its own, or does not catch.
  if (message.startsWith('Maximum call stack')) return TOO_DEEP
  if (message.startsWith('Excessive alias count'))
    return `its aliases stand for more than can be read (${MAX_ALIASES} uses of an anchor, those within it counted)`
  return `it is no YAML that can be read: ${firstLine(message)}`
}

interface Left {
  values: number
  characters: number
}

/** What is too much of it, written out; undefined: nothing is. */
function excessOf(document: unknown): string | undefined {
  const left: Left = { values: MAX_VALUES, characters: MAX_CHARACTERS }
  return excessIn(document, 0, left)
}

function excessIn(value: unknown, depth: number, left: Left): string | undefined {
  // What contains itself is deeper than anything.
  if (depth > MAX_DEPTH) return TOO_DEEP
  left.values -= 1
  if (typeof value === 'string') left.characters -= value.length
  if (left.values < 0 || left.characters < 0)
    return `with its aliases written out it has more than ${MAX_VALUES} values or ${MAX_CHARACTERS} characters`
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, inner] of Object.entries(value)) {
    left.characters -= name.length
    const excess = excessIn(inner, depth + 1, left)
    if (excess !== undefined) return excess
  }
  return undefined
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]!.replace(/:$/, '').slice(0, 200)
}
