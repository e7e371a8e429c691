// thread: any
// W3C Trace Context, level 1: what a request says of the trace that it is part of. Pure. What is malformed is no context: the
// trace begins anew (§3.2, §4.3), for half a context would join what does not belong together.

/** How OpenTelemetry calls them. */
export const traceSamplers = [
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
  'always_on',
  'always_off',
  'traceidratio',
] as const
export type TraceSampler = (typeof traceSamplers)[number]

export interface IncomingTrace {
  /** 32 hexadecimal digits; '': the request is part of no trace. */
  readonly traceId: string
  /** 16 hexadecimal digits: the span of whoever sent it; '' likewise. */
  readonly parentId: string
  readonly isSampled: boolean
  /** `tracestate`, lines joined by a comma; '': none, or none that may be passed on. */
  readonly state: string
  /** Fields that are not passed on as they came. */
  readonly withheld: ReadonlySet<string>
  /** It brings spans to a collector: a span of it would have to be brought as well, and so on for ever. */
  readonly isExport: boolean
}

/** Member of `tracestate` on requests that bring spans to a collector. */
export const EXPORT_STATE = 'chaos-proxy=export'

const both: ReadonlySet<string> = new Set(['traceparent', 'tracestate'])
const parentOnly: ReadonlySet<string> = new Set(['traceparent'])
const none: IncomingTrace = {
  ...{ traceId: '', parentId: '', isSampled: false, state: '' },
  ...{ withheld: both, isExport: false },
}

/** §3.2.2. The first two digits say of which version the rest is. */
const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const zeros = /^0+$/
/** §3.3.1.3.1, of level 1; and a tenant of level 2, which may begin with a digit. */
const stateKey = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/
/** §3.3.1.3.2: no comma, no `=`, and no blank at the end. */
const stateValue = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/
const MAX_MEMBERS = 32

/** `headers`: flat, names in lower case. */
export function incomingTrace(headers: readonly string[]): IncomingTrace {
  let parent: string | undefined
  let parents = 0
  let state: string | undefined
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]
    if (name === 'traceparent') {
      parent = headers[i + 1]!
      parents += 1
    } else if (name === 'tracestate') {
      // §3.3.1.1: several lines are one list.
      state = state === undefined ? headers[i + 1]! : `${state},${headers[i + 1]!}`
    }
  }
  if (parent === undefined || parents > 1) return none
  const match = traceparent.exec(parent)
  if (match === null) return none
  const [, version, traceId, parentId, flags, more] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  // §3.2.2.1: ff is none, and 00 has nothing behind its flags; of later versions the first four parts are known (§4.3).
  if (version === 'ff' || (version === '00' && more !== undefined) || zeros.test(traceId) || zeros.test(parentId))
    return none
  const isState = state !== undefined && isTraceState(state)
  return {
    traceId,
    parentId,
    isSampled: (Number.parseInt(flags, 16) & 1) === 1,
    state: isState ? state! : '',
    // What cannot be read as a state says nothing of the parent (§3.3.1.5).
    withheld: isState ? parentOnly : both,
    isExport: isState && state!.split(',').some(member => member.trim() === EXPORT_STATE),
  }
}

function isTraceState(text: string): boolean {
  const keys = new Set<string>()
  for (const member of text.split(',')) {
    const entry = member.replace(/^[ \t]+|[ \t]+$/g, '')
    // Empty ones are allowed.
    if (entry === '') continue
    const mark = entry.indexOf('=')
    const key = entry.slice(0, mark)
    if (mark < 0 || !stateKey.test(key) || !stateValue.test(entry.slice(mark + 1)) || keys.has(key)) return false
    keys.add(key)
  }
  return keys.size > 0 && keys.size <= MAX_MEMBERS
}

/** §3.2: the field that says to the next one whose child its span is. */
export function traceparentOf(traceId: string, spanId: string, isSampled: boolean): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`
}
