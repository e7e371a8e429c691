// thread: main
// Alerts on their way to a webhook: one after the other, tried again with growing pauses, signed. Nobody waits for them, and no
// more than some wait themselves.
import { createHmac } from 'node:crypto'
import type { Clock } from '../clock/clock.js'
import type { AlertStatus } from '../contract/anomalies.js'
import type { Log } from '../log/log.js'

/** What came of one attempt; `retryAfterS`: where it said so. */
export type Posted =
  | { readonly status: number; readonly retryAfterS?: number | undefined }
  | { readonly failed: string }

export interface WebhookParts {
  readonly url: string
  /** '': nothing is signed. */
  readonly secret: string
  readonly post: (url: string, body: string, headers: Readonly<Record<string, string>>) => Promise<Posted>
  readonly clock: Clock
  readonly random: () => number
  /** Runs it some time later; the proxy may end before. */
  readonly later: (ms: number, run: () => void) => void
  readonly log: Pick<Log, 'warn'>
}

const MAX_WAITING = 100
const MAX_ATTEMPTS = 8
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 300_000
/** RFC 9110: it may go well another time. All other 4xx say that the request is wrong, now and always. */
const passing = new Set([408, 425, 429])

export class Webhook {
  readonly #parts: WebhookParts
  readonly #waiting: string[] = []
  #attempts = 0
  #isSending = false
  #isClosed = false
  #sent = 0
  #failed = 0
  #dropped = 0
  #lastError = ''

  constructor(parts: WebhookParts) {
    this.#parts = parts
  }

  /** Never waits, never throws. */
  send(message: object): void {
    if (this.#isClosed) return
    if (this.#waiting.length >= MAX_WAITING) {
      this.#dropped += 1
      return
    }
    this.#waiting.push(JSON.stringify(message))
    if (!this.#isSending) void this.#next()
  }

  status(): AlertStatus {
    return {
      ...{ sent: this.#sent, failed: this.#failed, dropped: this.#dropped },
      ...{ waiting: this.#waiting.length, lastError: this.#lastError },
    }
  }

  close(): void {
    this.#isClosed = true
    this.#waiting.length = 0
  }

  async #next(): Promise<void> {
    const body = this.#waiting[0]
    if (body === undefined || this.#isClosed) {
      this.#isSending = false
      return
    }
    this.#isSending = true
    this.#attempts += 1
    const { post, url, later } = this.#parts
    const posted = await post(url, body, this.#headers(body)).catch(
      (error: Error): Posted => ({ failed: error.message }),
    )
    if (this.#isClosed) return
    const pauseMs = this.#judge(posted)
    if (pauseMs !== undefined) {
      later(pauseMs, () => void this.#next())
      return
    }
    this.#waiting.shift()
    this.#attempts = 0
    void this.#next()
  }

  /** How long to wait before it is tried again; undefined: it is done with. */
  #judge(posted: Posted): number | undefined {
    if ('status' in posted && posted.status >= 200 && posted.status < 300) {
      this.#sent += 1
      this.#lastError = ''
      return undefined
    }
    this.#lastError = 'failed' in posted ? posted.failed : `it answered ${posted.status}`
    const isFinal = 'status' in posted && posted.status < 500 && !passing.has(posted.status)
    if (!isFinal && this.#attempts < MAX_ATTEMPTS) {
      const { random } = this.#parts
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#attempts - 1)) * (0.75 + random() / 2)
      const wanted = 'status' in posted ? (posted.retryAfterS ?? 0) * 1000 : 0
      return Math.min(LONGEST_PAUSE_MS, Math.max(pauseMs, wanted))
    }
    this.#failed += 1
    // Not its URL: that is a secret with most services.
    this.#parts.log.warn(
      { because: this.#lastError, attempts: this.#attempts },
      'an alert could not be sent to CHAOS_ALERT_WEBHOOK and is given up; look whether its URL is right',
    )
    return undefined
  }

  /** Time and body are signed, as Slack signs: a message that was overheard is worth nothing later. */
  #headers(body: string): Record<string, string> {
    const headers = { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'chaos-proxy' }
    const { secret, clock } = this.#parts
    if (secret === '') return headers
    const timestamp = String(Math.floor(clock.now() / 1000))
    const signature = createHmac('sha256', secret).update(`v1:${timestamp}:${body}`).digest('hex')
    return { ...headers, 'x-chaos-timestamp': timestamp, 'x-chaos-signature': `v1=${signature}` }
  }
}
