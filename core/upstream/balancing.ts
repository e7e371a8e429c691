// thread: edge

/** The order in which upstreams are tried for the n-th call: each once, beginning with another one every time. */
export function tryOrder(count: number, turn: number): number[] {
  return Array.from({ length: count }, (_, i) => (turn + i) % count)
}
