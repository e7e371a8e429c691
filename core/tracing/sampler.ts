// thread: edge
// Is a trace recorded? The samplers of OpenTelemetry by their names. Pure: the randomness is that of the trace id, so that all
// who know it come to the same verdict.
import type { IncomingTrace, TraceSampler } from '../contract/trace-context.js'

/** `traceId`: of the trace that the request is part of, or that begins with it. */
export type Sampler = (incoming: IncomingTrace, traceId: string) => boolean

export function samplerOf(name: TraceSampler, ratio: number): Sampler {
  switch (name) {
    case 'always_on':
      return () => true
    case 'always_off':
      return () => false
    case 'traceidratio':
      return (_incoming, traceId) => isWithin(traceId, ratio)
    case 'parentbased_always_on':
      return ({ traceId, isSampled }) => traceId === '' || isSampled
    case 'parentbased_always_off':
      return ({ isSampled }) => isSampled
    case 'parentbased_traceidratio':
      return (incoming, traceId) => (incoming.traceId === '' ? isWithin(traceId, ratio) : incoming.isSampled)
  }
}

/** As the SDKs of Go and Java count: by the last 63 bits. */
function isWithin(traceId: string, ratio: number): boolean {
  if (ratio >= 1) return true
  const high = Number.parseInt(traceId.slice(16, 24), 16) & 0x7fffffff
  const low = Number.parseInt(traceId.slice(24, 32), 16)
  return (high * 2 ** 32 + low) / 2 ** 63 < ratio
}
