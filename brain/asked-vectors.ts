// thread: main
import type { Embedded } from './embed.worker.js'

/**
 * Vectors of the texts that were asked for lately: in an outage the same questions come again and again, and embedding
 * one takes longer than everything else about it. Questions that are still being embedded are waited for together.
 */
export class AskedVectors {
  readonly #most: number
  readonly #asked = new Map<string, Promise<Embedded>>()

  constructor(most: number) {
    this.#most = most
  }

  /** `embed` is called where the text is not known; where it fails, the next one who asks tries again. */
  of(text: string, embed: () => Promise<Embedded>): Promise<Embedded> {
    const known = this.#asked.get(text)
    if (known !== undefined) {
      // Asked again: the last to go.
      this.#asked.delete(text)
      this.#asked.set(text, known)
      return known
    }
    const embedding = embed()
    this.#asked.set(text, embedding)
    embedding.catch(() => {
      if (this.#asked.get(text) === embedding) this.#asked.delete(text)
    })
    if (this.#asked.size > this.#most) this.#asked.delete(this.#asked.keys().next().value!)
    return embedding
  }

  /** Another embedder has opened: its vectors are not comparable with these. */
  clear(): void {
    this.#asked.clear()
  }
}
