// thread: any
// An unchanged answer is captured once, and further ones of it are only counted: what they said is what was captured before. Pure.
import type { CapturedExchange } from '../contract/history.js'
import type { Recording } from '../contract/replays.js'

export class RepeatedAnswers {
  readonly #known = new Map<string, CapturedExchange>()

  /** To be called in the order of the recording. */
  note({ captured }: Recording): void {
    if (captured === null || !isRead(captured.method)) return
    this.#known.set(`${captured.method} ${captured.target}\n${captured.scope}`, captured)
  }

  /** With what it was answered, where that is known. */
  resolved(recording: Recording): Recording {
    const { captured, method, target, scope, status, bytesIn } = recording
    if (captured !== null || target === null || bytesIn > 0 || !isRead(method)) return recording
    // What may be given to anybody is kept without a scope.
    const known = this.#known.get(`${method} ${target}\n${scope}`) ?? this.#known.get(`${method} ${target}\n`)
    return known === undefined || known.status !== status ? recording : { ...recording, captured: known }
  }
}

/** Of others an answer says nothing of the next one. */
function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}
