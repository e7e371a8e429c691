// thread: any
// How an answer that was put together came about, or why there is none. Plain data, for people who ask why.

export interface ExplainedStep {
  readonly step: string
  /** What came of it; '' for nothing to say. */
  readonly detail: string
  readonly micros: number
}

/** A part of a request as rules see it: a parameter of the path (`{id}`), of the query, or a leaf of the body (`body.filter`). */
export interface ExplainedInput {
  readonly input: string
  readonly value: string
  /** `filter author eq`, `page from 1`, `names the record`, `not understood`, `never seen`, … */
  readonly meaning: string
  /** Of the answers that are looked back on, how many were asked for with it: none of them contradicts this reading. */
  readonly seen: number
}

/** Answers of one kind, held against the truth. */
export interface GradeTally {
  /** How many count, older ones fading. */
  readonly count: number
  /** Their mean similarity; null where there are none. */
  readonly similarity: number | null
}

export interface ExplainedEvidence {
  /** How the answer was found: what is graded together. '' where nothing was found. */
  readonly kind: string
  readonly onThisRoute: GradeTally
  readonly onAllRoutes: GradeTally
  /** Kinds that begin with the same word, on all routes. */
  readonly akin: GradeTally
  /** Share of the rows or leaves that are known, 0…1; null where nothing was found. */
  readonly completeness: number | null
  /** Which list or record, and what of it was seen. */
  readonly source: string
}

export interface FieldDifference {
  /** As in {@link ExplainedInput}. */
  readonly field: string
  /** Null where it is not there. */
  readonly asked: string | null
  readonly known: string | null
}

/** The answered request that is most like this one, and in what they differ. */
export interface NearestRequest {
  readonly target: string
  readonly differs: readonly FieldDifference[]
}

export interface ComposeExplanation {
  readonly inputs: readonly ExplainedInput[]
  readonly steps: readonly ExplainedStep[]
  readonly evidence: ExplainedEvidence
  /** Null where none of this route is looked back on, for this credential. */
  readonly nearest: NearestRequest | null
}
