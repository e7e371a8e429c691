// thread: edge
// The ETag by which a client knows what it last saw: what it changes since then shall be that, and nothing newer.
import { contentCoding } from '../contract/content-coding.js'
import { fieldOf } from '../contract/fields.js'
import type { LessonRoute } from '../contract/lesson.js'
import type { MemoryReader } from '../contract/memory.js'
import { lastSeen } from './exact.js'
import type { AskIdentity } from './tier.js'

/** Of the GET answer that this credential may know of. Undefined: none, a weak one (RFC 9110 §13.1.1), or it was written to since. */
export function seenTagOf(
  identity: AskIdentity & { readonly scope: string },
  route: LessonRoute | undefined,
  memory: MemoryReader,
): string | undefined {
  const seen = lastSeen({ method: 'GET', scope: identity.scope, identity, route }, memory)
  if (seen === undefined || 'gone' in seen || seen.staleAt !== undefined || seen.status !== 200) return undefined
  // RFC 9110 §8.8.3.3: the tag of what was coded on its way is not that of what is written to.
  if (contentCoding(seen.headers) !== '') return undefined
  const tag = fieldOf(seen.headers, 'etag')
  return tag?.startsWith('"') === true ? tag : undefined
}
