// thread: any
// What may be learned at all: asked by the edges before they hand over, and by the learner as the last lock on the door.

/** Asks, and changes nothing (RFC 9110 §9.2.1); of the safe methods only these have answers that are kept. */
export function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Safe methods (RFC 9110 §9.2.1, QUERY by its own definition) whose answers are not kept by their method alone. */
const otherSafe = new Set(['OPTIONS', 'TRACE', 'QUERY'])

/** Went through, and may have changed what is at its target; unless it was only a question, see question.ts. */
export function isAcceptedWrite({ method, status }: { readonly method: string; readonly status: number }): boolean {
  return status < 400 && !isRead(method) && !otherSafe.has(method)
}

/** What the API says of who asks and of what there is: it outlives an older 200. */
const refusalsAndAbsences = new Set([401, 403, 404, 410])
/** What the API says of the request itself: asked again exactly so, it says it again. Not 408, 409, 425, 429: those pass. */
const mistakes = new Set([400, 405, 406, 415, 422])

/** Besides 2xx and 3xx, an observed refusal, absence or mistake. Never an error, or a part of an answer. */
export function isLearnedStatus(status: number): boolean {
  if (status >= 400) return refusalsAndAbsences.has(status) || mistakes.has(status)
  return status >= 200 && status !== 206 && status !== 304
}

/**
 * Says that the request was a mistake. It never takes the place of a good answer: what made it one may be a field of that one
 * request that no key holds, and then a single client could spoil the answer for all.
 */
export function isMistake(status: number): boolean {
  return mistakes.has(status)
}
