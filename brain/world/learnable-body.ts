// thread: learner
// Which answers the model of an API looks at. What is larger, or could be taken for marks of our own, is an exemplar and
// nothing more: the exact tier repeats it octet by octet.
import type { JsonNode } from '../../core/contract/json.js'

/** Leaves of one body; all that is worked out of a body costs about so many steps, a few times over. */
export const MAX_BODY_LEAVES = 30_000
/** Members of one object: what has more is a map, whose names are data. */
const MAX_MEMBERS = 1000

/** U+0000 to U+0004 stand between the parts of keys in this folder. */
const LAST_MARK = 4
const marks = /[\u0000-\u0004]/
/** Up to so many characters are looked at one by one: an expression takes longer to begin. */
const SHORT = 24

/** Has none of the characters that separate the parts of our own keys. */
export function isUnmarked(text: string): boolean {
  if (text.length > SHORT) return !marks.test(text)
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) <= LAST_MARK) return false
  return true
}

export function isLearnable(body: JsonNode): boolean {
  let left = MAX_BODY_LEAVES
  const walk = (node: JsonNode): boolean => {
    switch (node.kind) {
      case 'string':
        return --left >= 0 && isUnmarked(node.value)
      case 'array':
        return --left >= 0 && node.items.every(walk)
      case 'object':
        return (
          --left >= 0 &&
          node.entries.length <= MAX_MEMBERS &&
          node.entries.every(([name, child]) => isUnmarked(name) && walk(child))
        )
      default:
        return --left >= 0
    }
  }
  return walk(body)
}
