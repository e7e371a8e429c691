// thread: edge

/** How long an upstream that did not accept a connection is asked after the others only. */
export const REST_MS = 1000

/**
 * The upstream that a call tries next, or -1 where it has tried them all. Round robin: `turn` counts calls. One that rests
 * (it lately accepted no connection) comes after those that do not, so that a dead one among several does not cost every
 * n-th call its connect timeout; where all rest they are asked all the same.
 */
export function nextUpstream(
  upstreams: readonly { readonly restsUntil: number }[],
  turn: number,
  tried: readonly number[],
  now: number,
): number {
  const count = upstreams.length
  let resting = -1
  for (let i = 0; i < count; i++) {
    const candidate = (turn + i) % count
    if (tried.includes(candidate)) continue
    if (upstreams[candidate]!.restsUntil <= now) return candidate
    if (resting < 0) resting = candidate
  }
  return resting
}
