// thread: any

/**
 * One request, its response and timing, as it leaves the edge: already redacted, already scoped, never carrying a secret.
 * Header lists are flat: `[name, value, name, value, …]`, names in lower case, repeated fields repeated, in order.
 */
export interface Exchange {
  /** When the request was accepted, epoch ms. */
  readonly startedAt: number
  /** When the response was complete, epoch ms. */
  readonly completedAt: number
  readonly method: string
  /** Octet for octet as the client sent it. */
  readonly path: string
  /** Without the `?`; secrets in it replaced by a keyed hash. */
  readonly query: string
  /** Keyed hash of the credentials of the request; '' where it carried none. Never the secret itself. */
  readonly scope: string
  /** The response may be given to any credential (`public` or `s-maxage`, RFC 9111 §3.5). */
  readonly shared: boolean
  /** Identity of the request before `Vary`; see core/record/identity.ts. */
  readonly baseKey: string
  /** Identity of the request; where the response has no `Vary` it equals `baseKey`. Key of the exemplar. */
  readonly key: string
  /** Lower-case request field names that select this answer (`Vary`, RFC 9110 §12.5.5), without accept-encoding. */
  readonly vary: readonly string[]
  /** What the request has in these fields, see `variedKeyOf` in request-key.ts; undefined where there are none. */
  readonly selected?: readonly string[]
  /** The few request fields that learning looks at. */
  readonly requestHeaders: readonly string[]
  readonly requestBody: Uint8Array
  readonly status: number
  /** Fields fit to be stored: no hop-by-hop fields, no Set-Cookie, no Date. Content-Encoding says how `body` is coded. */
  readonly headers: readonly string[]
  readonly body: Uint8Array
  /** How many values were redacted from the response body. */
  readonly redactions: number
  /** Unchanged repeats of this exchange that the edge counted instead of shipping since it last shipped this one. */
  readonly repeats: number
  /** From accepting the request to the first byte of the response, ms. */
  readonly firstByteMs: number
  /** Run and number of its facts, see facts.ts; undefined where there is no history, or it stands for several. */
  readonly noted?: readonly [run: number, seq: number]
}
