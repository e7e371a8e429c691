// thread: any
import type { ParamType } from './lesson.js'

/**
 * What a path segment looks like by itself: the type of a parameter, or undefined where it may as well be a constant.
 * Words are constants until there are many of them in one place (see route-table.ts).
 */
export function segmentType(segment: string): ParamType | undefined {
  // `42.json` is an id with a word on how to show it.
  const dot = segment.lastIndexOf('.')
  if (dot > 0 && /^\.[a-z]{3,7}$/.test(segment.slice(dot))) return segmentType(segment.slice(0, dot))
  if (/^\d{1,20}$/.test(segment)) return 'int'
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(segment)) return 'uuid'
  if (/^\d{4}-\d{2}(-\d{2})?([T ]\S*)?$/.test(segment)) return 'date'
  // Eight or more hexadecimal digits, at least one of each kind: `deadbeef` might be a word, `facade00` is not.
  if (/^[0-9a-f]{8,}$/i.test(segment) && /\d/.test(segment) && /[a-f]/i.test(segment)) return 'hex'
  if (segment.length >= 16 && /\d/.test(segment) && /[A-Z]/.test(segment) && /^[\w~.=-]+$/.test(segment))
    return 'opaque'
  return undefined
}

/**
 * May the segment stand where values of this type were seen. A word never stands in for an id: `/users/new` is not
 * `/users/{id}` because of that. Ids of another type may.
 */
export function fitsParam(type: ParamType, segment: string): boolean {
  // What tells questions apart is no part of a path, see question.ts.
  if (segment === '' || segment.startsWith('#')) return false
  if (type === 'slug' || segmentType(segment) !== undefined) return true
  // One in thirty random ids has no digit in it.
  return type === 'opaque' && segment.length >= 16
}
