// thread: edge
// Questions that the brain had no answer to. Until it has learned something, asking again is in vain.
import type { ComposeQuestion, ComposeReply } from '../contract/messages.js'

/** Questions, and how long each may be: together they bound the memory. */
const REMEMBERED = 2048
const REMEMBERED_LENGTH = 512

export class Unanswered {
  readonly #replies = new Map<string, ComposeReply>()

  /** What it said to this very question; undefined: it may have an answer. */
  replyTo(question: ComposeQuestion): ComposeReply | undefined {
    return this.#replies.size === 0 ? undefined : this.#replies.get(nameOf(question))
  }

  /** That it was late or failed says nothing of the question. */
  note(question: ComposeQuestion, reply: ComposeReply): void {
    if (reply.kind !== 'none' || reply.refused !== 'not-derivable') return
    const name = nameOf(question)
    if (name.length > REMEMBERED_LENGTH) return
    // Where questions do not come again, remembering them is in vain as well.
    if (this.#replies.size >= REMEMBERED) this.#replies.clear()
    this.#replies.set(name, reply)
  }

  /** A lesson came: what is behind it may know more. */
  forget(): void {
    this.#replies.clear()
  }
}

function nameOf({ method, path, query, scope, contentType, body, gone, explain }: ComposeQuestion): string {
  return `${gone === true}${explain === true} ${scope} ${method} ${path}?${query}\n${contentType}\n${body}`
}
