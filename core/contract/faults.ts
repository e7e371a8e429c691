// thread: any
// Every way in which a request can fail, in one catalogue. On the request path a failure is one of these codes (a
// value); between threads the code travels, never an Error. A `throw` means a bug of our own.

/** What may be concluded from a fault and what the client is told. */
export interface Fault {
  /** Whose fault it is. */
  readonly side: 'downstream' | 'upstream' | 'internal'
  /** HTTP status a client gets when no ghost answers. */
  readonly status: number
  /** May the request be sent again: `always` nothing was sent, `idempotent` only if repeating is harmless. */
  readonly retry: 'always' | 'idempotent' | 'never'
  /** May a ghost answer instead. */
  readonly ghost: boolean
  /** Counts against the upstream in the circuit. */
  readonly countsAgainstUpstream: boolean
  /** Error type of the `Proxy-Status` field (RFC 9209 §2.3). */
  readonly proxyStatus: string
  /** One sentence for people. */
  readonly text: string
}

type Shape = Record<`CHAOS_ERR_${string}`, Fault>

const upstream = { side: 'upstream', ghost: true, countsAgainstUpstream: true } as const
const downstream = { side: 'downstream', ghost: false, countsAgainstUpstream: false, retry: 'never' } as const

export const faults = {
  CHAOS_ERR_UPSTREAM_DNS: {
    ...upstream,
    status: 502,
    retry: 'always',
    proxyStatus: 'dns_error',
    text: 'the name of the upstream could not be resolved',
  },
  CHAOS_ERR_UPSTREAM_CONNECT_REFUSED: {
    ...upstream,
    status: 502,
    retry: 'always',
    proxyStatus: 'connection_refused',
    text: 'the upstream refused the connection',
  },
  CHAOS_ERR_UPSTREAM_CONNECT_TIMEOUT: {
    ...upstream,
    status: 504,
    retry: 'always',
    proxyStatus: 'connection_timeout',
    text: 'the upstream did not accept the connection in time',
  },
  CHAOS_ERR_UPSTREAM_UNREACHABLE: {
    ...upstream,
    status: 502,
    retry: 'always',
    proxyStatus: 'destination_ip_unroutable',
    text: 'there is no network path to the upstream',
  },
  CHAOS_ERR_UPSTREAM_TLS: {
    ...upstream,
    status: 502,
    retry: 'always',
    proxyStatus: 'tls_protocol_error',
    text: 'the TLS handshake with the upstream failed',
  },
  CHAOS_ERR_UPSTREAM_POOL_FULL: {
    ...upstream,
    countsAgainstUpstream: false,
    status: 503,
    retry: 'always',
    proxyStatus: 'connection_limit_reached',
    text: 'all connections to the upstream are in use',
  },
  CHAOS_ERR_UPSTREAM_RESET: {
    ...upstream,
    status: 502,
    retry: 'idempotent',
    proxyStatus: 'connection_terminated',
    text: 'the upstream closed the connection before it had answered',
  },
  CHAOS_ERR_UPSTREAM_RESPONSE_TIMEOUT: {
    ...upstream,
    status: 504,
    retry: 'never',
    proxyStatus: 'http_response_timeout',
    text: 'the upstream did not answer in time',
  },
  CHAOS_ERR_UPSTREAM_IDLE_TIMEOUT: {
    ...upstream,
    status: 504,
    retry: 'never',
    proxyStatus: 'connection_read_timeout',
    text: 'the upstream stopped in the middle of its answer',
  },
  CHAOS_ERR_UPSTREAM_BODY_SLOW: {
    ...upstream,
    status: 504,
    retry: 'never',
    proxyStatus: 'http_response_timeout',
    text: 'the body of the answer was not whole within CHAOS_HOLD_MS of its head',
  },
  CHAOS_ERR_UPSTREAM_TRUNCATED: {
    ...upstream,
    status: 502,
    retry: 'never',
    proxyStatus: 'http_response_incomplete',
    text: 'the upstream closed the connection in the middle of its answer',
  },
  CHAOS_ERR_UPSTREAM_MALFORMED: {
    ...upstream,
    status: 502,
    retry: 'never',
    proxyStatus: 'http_protocol_error',
    text: 'the answer of the upstream is not valid HTTP/1.1',
  },
  CHAOS_ERR_UPSTREAM_HEADER_TOO_LARGE: {
    ...upstream,
    status: 502,
    retry: 'never',
    proxyStatus: 'http_response_header_section_size',
    text: 'the header section of the answer is larger than CHAOS_MAX_HEADER_BYTES',
  },
  CHAOS_ERR_UPSTREAM_STATUS_500: {
    ...upstream,
    status: 500,
    retry: 'never',
    proxyStatus: 'http_request_error',
    text: 'the upstream answered 500',
  },
  CHAOS_ERR_UPSTREAM_STATUS_502: {
    ...upstream,
    status: 502,
    retry: 'never',
    proxyStatus: 'http_request_error',
    text: 'the upstream answered 502',
  },
  CHAOS_ERR_UPSTREAM_STATUS_503: {
    ...upstream,
    status: 503,
    retry: 'never',
    proxyStatus: 'http_request_error',
    text: 'the upstream answered 503',
  },
  CHAOS_ERR_UPSTREAM_STATUS_504: {
    ...upstream,
    status: 504,
    retry: 'never',
    proxyStatus: 'http_request_error',
    text: 'the upstream answered 504',
  },
  CHAOS_ERR_UPSTREAM_SOFT_FAILURE: {
    ...upstream,
    status: 502,
    retry: 'never',
    proxyStatus: 'http_request_error',
    text: 'the upstream answered 200 with what this route never answers: an error, HTML, nothing, or another shape',
  },
  CHAOS_ERR_UPSTREAM_CIRCUIT_OPEN: {
    ...upstream,
    countsAgainstUpstream: false,
    status: 503,
    retry: 'never',
    proxyStatus: 'destination_unavailable',
    text: 'the upstream is failing and is not being asked for the moment',
  },
  CHAOS_ERR_UPSTREAM_SLOW: {
    ...upstream,
    countsAgainstUpstream: false,
    status: 504,
    retry: 'never',
    proxyStatus: 'http_response_timeout',
    text: 'the upstream has not answered within the time that clients are made to wait',
  },
  CHAOS_ERR_UPSTREAM_RECOVERING: {
    ...upstream,
    countsAgainstUpstream: false,
    status: 503,
    retry: 'never',
    proxyStatus: 'destination_unavailable',
    text: 'the upstream came back a moment ago and gets its share of requests step by step',
  },
  CHAOS_ERR_UPSTREAM_BYPASSED: {
    ...upstream,
    countsAgainstUpstream: false,
    status: 503,
    retry: 'never',
    proxyStatus: 'destination_unavailable',
    text: 'the operator set the mode to forced: the upstream is not asked',
  },
  CHAOS_ERR_UPSTREAM_WRITES_WAIT: {
    ...upstream,
    countsAgainstUpstream: false,
    status: 503,
    retry: 'always',
    proxyStatus: 'destination_unavailable',
    text: 'earlier writes to this place wait in the journal and must reach the upstream first',
  },
  CHAOS_ERR_REQUEST_MALFORMED: {
    ...downstream,
    status: 400,
    proxyStatus: 'http_request_error',
    text: 'the request is not valid HTTP/1.1',
  },
  CHAOS_ERR_REQUEST_AMBIGUOUS: {
    ...downstream,
    status: 400,
    proxyStatus: 'http_request_error',
    text: 'the length of the request body is ambiguous',
  },
  CHAOS_ERR_REQUEST_TOO_LARGE: {
    ...downstream,
    status: 413,
    proxyStatus: 'http_request_error',
    text: 'the request body is larger than CHAOS_MAX_BODY_BYTES',
  },
  CHAOS_ERR_REQUEST_HEADER_TOO_LARGE: {
    ...downstream,
    status: 431,
    proxyStatus: 'http_request_error',
    text: 'the header section is larger than CHAOS_MAX_HEADER_BYTES',
  },
  CHAOS_ERR_REQUEST_TARGET_TOO_LONG: {
    ...downstream,
    status: 414,
    proxyStatus: 'http_request_error',
    text: 'the request line is longer than CHAOS_MAX_HEADER_BYTES',
  },
  CHAOS_ERR_REQUEST_VERSION: {
    ...downstream,
    status: 505,
    proxyStatus: 'http_request_error',
    text: 'this proxy speaks HTTP/1.1 and HTTP/1.0',
  },
  CHAOS_ERR_REQUEST_METHOD: {
    ...downstream,
    status: 501,
    proxyStatus: 'http_request_denied',
    text: 'this proxy does not pass the method',
  },
  CHAOS_ERR_REQUEST_TIMEOUT: {
    ...downstream,
    status: 408,
    proxyStatus: 'http_request_error',
    text: 'the request did not arrive in time',
  },
  CHAOS_ERR_REQUEST_KEY_REUSED: {
    ...downstream,
    status: 422,
    proxyStatus: 'http_request_error',
    text: 'the Idempotency-Key belongs to another write that is in the journal',
  },
  CHAOS_ERR_CLIENTS_FULL: {
    ...downstream,
    status: 503,
    proxyStatus: 'connection_limit_reached',
    text: 'there are as many connections as CHAOS_MAX_CLIENTS allows',
  },
  CHAOS_ERR_REQUEST_LOOP: {
    ...downstream,
    status: 508,
    proxyStatus: 'proxy_loop_detected',
    text: 'the request has passed through this proxy before',
  },
  CHAOS_ERR_INTERNAL_EDGE: {
    side: 'internal',
    status: 500,
    retry: 'never',
    ghost: false,
    countsAgainstUpstream: false,
    proxyStatus: 'proxy_internal_error',
    text: 'the proxy failed; this is a bug of its own',
  },
  CHAOS_ERR_INTERNAL_NO_EDGE: {
    side: 'internal',
    status: 503,
    retry: 'always',
    ghost: false,
    countsAgainstUpstream: false,
    proxyStatus: 'proxy_internal_error',
    text: 'no thread of the proxy takes requests just now; they are being started again',
  },
  CHAOS_ERR_INTERNAL_NO_HANDLES: {
    side: 'internal',
    status: 503,
    retry: 'always',
    ghost: true,
    countsAgainstUpstream: false,
    proxyStatus: 'proxy_internal_error',
    text: 'the proxy may open no further connection: its limit of open files is reached',
  },
  CHAOS_ERR_INTERNAL_MEMORY_FULL: {
    side: 'internal',
    status: 503,
    retry: 'always',
    ghost: false,
    countsAgainstUpstream: false,
    proxyStatus: 'proxy_internal_error',
    text: 'the proxy has nearly used up the memory that it may use, and takes no requests just now',
  },
} as const satisfies Shape

export type FaultCode = keyof typeof faults

/** Nothing was sent: it speaks against the upstream as a whole and says nothing of the route. */
export function neverReached(code: FaultCode): boolean {
  return faults[code].countsAgainstUpstream && faults[code].retry === 'always'
}

/** The fault that an upstream's status stands for, or undefined when the status is an answer to be passed on. */
export function faultOfStatus(status: number): FaultCode | undefined {
  switch (status) {
    case 500:
      return 'CHAOS_ERR_UPSTREAM_STATUS_500'
    case 502:
      return 'CHAOS_ERR_UPSTREAM_STATUS_502'
    case 503:
      return 'CHAOS_ERR_UPSTREAM_STATUS_503'
    case 504:
      return 'CHAOS_ERR_UPSTREAM_STATUS_504'
    default:
      return undefined
  }
}
