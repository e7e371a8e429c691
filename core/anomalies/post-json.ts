// thread: main
import type { Posted } from './webhook.js'

const ANSWER_MS = 10_000

/** One attempt. A redirection is none that a webhook needs, and might lead anywhere. */
export async function postJson(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<Posted> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS)
    const answer = await fetch(url, { method: 'POST', body, headers, redirect: 'manual', signal })
    await answer.body?.cancel()
    const after = Number(answer.headers.get('retry-after') ?? Number.NaN)
    return { status: answer.status, ...(Number.isFinite(after) ? { retryAfterS: after } : {}) }
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error }
    return { failed: cause?.message ?? message }
  }
}
