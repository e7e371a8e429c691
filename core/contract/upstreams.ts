// thread: any
// The list of upstreams as threads tell each other of it, and as people are told.

/** What main knows and every edge follows. */
export interface UpstreamList {
  /** Grows when the list is replaced, not when the health of one changes. */
  readonly version: number
  readonly upstreams: readonly ListedUpstream[]
}

export interface ListedUpstream {
  readonly url: string
  /** What its health check says; true where there is none. */
  readonly healthy: boolean
}

/** What a health check got: the status, or why there is none. */
export type HealthAnswer = { readonly status: number } | { readonly because: string }

/** What one edge tells of one upstream. */
export interface UpstreamFigures {
  readonly url: string
  /** Requests under way. */
  readonly outstanding: number
  readonly connections: number
  /** As many connections as allowed, and none is free. */
  readonly full: boolean
  /** 0: not ejected. */
  readonly ejectedForMs: number
  /** Requests that came to it, and those that failed there, since the last report: they survive a restart of the edge. */
  readonly requests: number
  readonly failures: number
}

export interface UpstreamReport {
  /** Of the list that the edge follows. */
  readonly version: number
  readonly upstreams: readonly UpstreamFigures[]
  /** Not listed any more, but with requests under way. */
  readonly leaving: readonly { readonly url: string; readonly outstanding: number }[]
}

/** One upstream for people: all edges together. */
export interface UpstreamStatus {
  readonly url: string
  /** Neither its health check nor any edge says otherwise. */
  readonly healthy: boolean
  /** Healthy, and not full: takes requests. */
  readonly available: boolean
  /** An edge has as many connections to it as allowed, and none is free. */
  readonly full: boolean
  readonly outstanding: number
  readonly connections: number
  /** Since the start, or since it was listed. */
  readonly requests: number
  readonly failures: number
  /** Edges that pass it over for its failures in a row. */
  readonly ejectedBy: number
  readonly ejectedUntil: string | null
  /** Null where no health check was made. */
  readonly lastProbe: { readonly at: string; readonly ok: boolean; readonly because: string } | null
}
