// thread: learner
// What requests mean: the texts that were said, their vectors, and which of them is near to a question. A text is
// remembered apart from its vector, so that another embedder can come later.
import { createHash } from 'node:crypto'
import type { EmbeddedText, SearchReply, TextToEmbed } from '../core/contract/brain-tasks.js'
import { saysNoStore } from '../core/contract/cache-control.js'
import type { Exchange } from '../core/contract/exchange.js'
import type { Candidate } from '../core/contract/ghost.js'
import type { Exemplar, MemoryWriter } from '../core/contract/memory.js'
import { type GradedMatch, matchGrade, type TextDifference, textDifference } from './grade/posterior.js'
import type { Neighbour, VectorIndex } from './index/vector-index.js'
import { describeRequest } from './text.js'

/** Two requests of which one might have answered the other: material for grading. */
export interface Comparable {
  /** The answer that was known. */
  readonly known: Exemplar
  /** The answer that the API gave to the other request. */
  readonly truth: Exemplar
  readonly similarity: number
  readonly difference: TextDifference
}

export interface MeaningsParts {
  readonly memory: MemoryWriter
  readonly openIndex: () => VectorIndex
  /** Hears of every new request that an older one might have answered. */
  readonly compare: (pair: Comparable) => void
  /** Hears of every new text how near the nearest of those known before is. */
  readonly distance?: (exemplar: Exemplar, similarity: number) => void
}

const NEIGHBOURS = 8
/** Below this nobody would call two requests the same question. */
const MIN_SIMILARITY = 0.6
/** All vectors are in memory for the search: 1.5 KiB each. */
const MAX_VECTORS = 100_000
const STATE = 'text:'

/** Whatever writes must be called within a batch of the memory. */
export class Meanings {
  readonly #memory: MemoryWriter
  readonly #openIndex: () => VectorIndex
  readonly #compare: (pair: Comparable) => void
  readonly #distance: MeaningsParts['distance']
  #index: VectorIndex
  /** Embedder whose vectors are in the index. */
  #embedder = ''
  /** Texts whose exemplar the memory forgot; their names go with the next batch. */
  readonly #forgotten: string[] = []

  constructor(parts: MeaningsParts) {
    this.#memory = parts.memory
    this.#openIndex = parts.openIndex
    this.#compare = parts.compare
    this.#distance = parts.distance
    this.#index = parts.openIndex()
  }

  /** Remembers what was said; answers with it where it is to be embedded. `isNew`: the first answer to this very request. */
  hear(exchange: Exchange, pattern: string, isNew: boolean): TextToEmbed | undefined {
    if (exchange.method !== 'GET' || exchange.status !== 200) return undefined
    // Vectors are shared among instances, and what is kept although it says this is not.
    if (saysNoStore(exchange.headers)) return undefined
    const { path, query, scope } = exchange
    const { text, partition, freeText } = describeRequest({ method: 'GET', pattern, path, query, scope })
    if (!freeText) return undefined
    const textKey = createHash('sha256').update(`${partition}\n${text}`).digest('base64url').slice(0, 22)
    const said: TextToEmbed = { textKey, text, partition, exemplarKey: exchange.key }
    const known = this.#textOf(textKey)
    // One whose answer was buried since makes room for this one.
    if (known !== undefined && this.#standing(known.exemplarKey) !== undefined) {
      // Said before in another case or spacing: would that answer have been right?
      if (isNew) this.#hold(known, said, 1)
      return undefined
    }
    if (known === undefined && this.#memory.counts().vectors >= MAX_VECTORS) return undefined
    this.#memory.putState(STATE + textKey, JSON.stringify(said))
    return said
  }

  /** Texts that have been embedded join the index. */
  index(embedder: string, items: readonly EmbeddedText[]): void {
    this.#use(embedder)
    for (const item of items) {
      const exemplar = this.#standing(item.exemplarKey)
      if (exemplar === undefined) {
        // Buried or forgotten while it was being embedded: a vector of nothing would never go away.
        this.#memory.removeState(STATE + item.textKey)
        continue
      }
      // Before it joins: would the nearest one have been the right answer?
      const nearest = this.#index.search(item.partition, item.vector, NEIGHBOURS).find(({ id }) => id !== item.textKey)
      const known = nearest === undefined ? undefined : this.#textOf(nearest.id)
      if (nearest !== undefined) this.#distance?.(exemplar, nearest.similarity)
      if (nearest !== undefined && known !== undefined && nearest.similarity >= MIN_SIMILARITY)
        this.#hold(known, item, nearest.similarity)
      this.#memory.putVector({ ...item, embedder })
      this.#index.add(item.textKey, item.partition, item.vector)
    }
  }

  /** `matches`: how matches on this route have turned out. `neighbours`: found elsewhere, instead of in the own index. */
  search(
    embedder: string,
    matches: readonly GradedMatch[],
    partition: string,
    text: string,
    vector: Float32Array,
    neighbours?: readonly Neighbour[],
  ): SearchReply {
    this.#use(embedder)
    const candidates: Candidate[] = []
    let best: SearchReply['best']
    for (const { id, similarity } of neighbours ?? this.#index.search(partition, vector, NEIGHBOURS)) {
      const known = this.#textOf(id)
      const exemplar = known === undefined ? undefined : this.#standing(known.exemplarKey)
      if (known === undefined || exemplar === undefined || known.partition !== partition) continue
      const { key, method, path, query } = exemplar
      const because =
        similarity < MIN_SIMILARITY ? 'not near enough' : best !== undefined ? 'another one is nearer' : ''
      if (because === '') {
        best = { key, similarity, grade: matchGrade(matches, similarity, textDifference(known.text, text)) }
      }
      candidates.push({ key, method, target: query === '' ? path : `${path}?${query}`, similarity, because })
    }
    return { kind: 'found', best, candidates }
  }

  /** Texts without a vector of this embedder: after the model has arrived, or after a crash. */
  unembedded(embedder: string, limit: number): TextToEmbed[] {
    this.#use(embedder)
    const texts: TextToEmbed[] = []
    for (const json of this.#memory.states(STATE)) {
      const text = JSON.parse(json) as TextToEmbed
      if (this.#memory.hasVector(embedder, text.textKey)) continue
      texts.push(text)
      if (texts.length >= limit) break
    }
    return texts
  }

  /** Their exemplars were forgotten by the memory, and their vectors with them. */
  forget(textKeys: readonly string[]): void {
    for (const textKey of textKeys) this.#index.remove(textKey)
    this.#forgotten.push(...textKeys)
  }

  /** Removes the names of what was forgotten since the last time. */
  tidy(): void {
    for (const textKey of this.#forgotten.splice(0)) this.#memory.removeState(STATE + textKey)
  }

  #hold(known: TextToEmbed, said: TextToEmbed, similarity: number): void {
    const answer = this.#standing(known.exemplarKey)
    const truth = this.#standing(said.exemplarKey)
    if (answer === undefined || truth === undefined || answer.key === truth.key) return
    this.#compare({ known: answer, truth, similarity, difference: textDifference(known.text, said.text) })
  }

  #use(embedder: string): void {
    if (this.#embedder === embedder) return
    this.#embedder = embedder
    this.#index = this.#openIndex()
    for (const { textKey, partition, vector } of this.#memory.vectors(embedder))
      this.#index.add(textKey, partition, vector)
  }

  #textOf(textKey: string): TextToEmbed | undefined {
    const json = this.#memory.state(STATE + textKey)
    return json === undefined ? undefined : (JSON.parse(json) as TextToEmbed)
  }

  #standing(exemplarKey: string): Exemplar | undefined {
    const exemplar = this.#memory.exemplar(exemplarKey)
    return exemplar === undefined || 'gone' in exemplar ? undefined : exemplar
  }
}
