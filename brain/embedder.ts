// thread: any

/** Turns texts into vectors. Vectors of embedders with different names are not comparable. */
export interface Embedder {
  /** `all-MiniLM-L6-v2-q8` or `lexical-384` */
  readonly name: string
  readonly dimensions: number
  /** Why it is this one, for log and status: '' where it is the one that was asked for. */
  readonly reason: string
  /** One vector of unit length for each text, in their order. */
  embed(texts: readonly string[]): Promise<Float32Array[]>
}

/** See CHAOS_EMBEDDER: `auto` takes the model where it is there and the lexical embedder elsewhere. */
export type EmbedderChoice = 'auto' | 'transformer' | 'lexical'
