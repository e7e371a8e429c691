// thread: any
// What may be learned at all: asked by the edges before they hand over, and by the learner as the last lock on the door.

/** Asks, and changes nothing (RFC 9110 §9.2.1); of the safe methods only these have answers that are kept. */
export function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** Went through, and may have changed what is at its target. */
export function isAcceptedWrite({ method, status }: { readonly method: string; readonly status: number }): boolean {
  return status < 400 && !isRead(method) && method !== 'OPTIONS' && method !== 'TRACE'
}

/** Besides 2xx and 3xx, an observed refusal or absence: it outlives an older 200. Never an error, or a part of an answer. */
export function isLearnedStatus(status: number): boolean {
  if (status >= 400) return status === 401 || status === 403 || status === 404 || status === 410
  return status >= 200 && status !== 206 && status !== 304
}
