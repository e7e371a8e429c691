// thread: edge
// What was made of requests lately. In an outage the same few are asked for again and again, and to name one (redacted, scoped, and
// told what kind of question it is) costs as much as to find its answer. Bounded.
import type { Asked, AskingRequest } from './asked.js'

interface Known {
  readonly method: string
  readonly query: string | undefined
  readonly headers: readonly string[]
  readonly asked: Asked
}

/** Texts may be views on the heads of their requests, which live as long as they. */
const REMEMBERED = 512
const MAX_PATH_LENGTH = 256

export class AskedLately {
  /** By path: whoever asks for it next, or with another query, takes the place. */
  readonly #known = new Map<string, Known>()

  /** Only for the very same fields: fronts hand in the same list for a header section that is repeated. */
  find({ method, path, query, headers, body }: AskingRequest): Asked | undefined {
    if (body !== undefined) return undefined
    const known = this.#known.get(path)
    return known !== undefined && known.headers === headers && known.query === query && known.method === method
      ? known.asked
      : undefined
  }

  keep({ method, path, query, headers, body }: AskingRequest, asked: Asked): void {
    if (body !== undefined || path.length > MAX_PATH_LENGTH) return
    if (this.#known.size >= REMEMBERED) this.#known.clear()
    this.#known.set(path, { method, query, headers, asked })
  }

  /** They are named in another way now. */
  forget(): void {
    this.#known.clear()
  }
}
