// thread: any
// Exchanges that were recorded elsewhere and are to be learned as if they had come through the proxy. Plain data.

/** Secrets and all, as it was: the proxy redacts it as it redacts what it sees itself. */
export interface RecordedExchange {
  /** Epoch ms. */
  readonly startedAt: number
  readonly completedAt: number
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** Flat, names in lower case. */
  readonly requestHeaders: readonly string[]
  /** As its encoding says; '' for none. */
  readonly requestBody: string
  readonly requestBodyEncoding?: 'utf8' | 'base64'
  readonly status: number
  /** Flat, names in lower case; without a coding of the body. */
  readonly headers: readonly string[]
  readonly body: string
  readonly bodyEncoding?: 'utf8' | 'base64'
}

export interface RecordedReport {
  readonly learned: number
  /** Came before in this very form, is an error, may not be kept (`no-store`), or was known better by then. */
  readonly leftOut: number
}

/** RFC 9110 §5.6.2: a token, which the name of a field and a method are. */
export function isFieldName(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(text)
}

/** RFC 9110 §5.5. */
export function isFieldValue(text: string): boolean {
  return !/[\0-\x08\x0a-\x1f\x7f]/.test(text)
}
