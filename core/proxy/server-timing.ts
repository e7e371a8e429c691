// thread: edge
// The Server-Timing field (W3C Server Timing): what a client may know of where the time went. Numbers are milliseconds.

/** `connectMs` undefined: there was a connection. For a streamed answer the upstream's time is that until its head. */
export function liveTiming(connectMs: number | undefined, upstreamMs: number, proxyMs: number): string {
  const connect = connectMs === undefined ? '' : `connect;dur=${duration(connectMs)}, `
  return `${connect}upstream;dur=${duration(upstreamMs)}, proxy;dur=${duration(proxyMs)}`
}

export function ghostTiming(ghostMs: number): string {
  return `ghost;dur=${duration(ghostMs)}`
}

/** Clocks of different threads of thought may differ by less than nothing: never below 0. */
function duration(ms: number): string {
  return Math.max(0, ms).toFixed(2)
}
