// thread: any

/** The ways in which a ghost can know an answer, in the order in which they are asked. */
export const tiers = ['exact', 'entity', 'query', 'template', 'semantic'] as const
export type Tier = (typeof tiers)[number]

/** When ghosts answer: `auto` when the upstream fails, `off` never, `forced` always (the upstream is not asked). */
export const modes = ['auto', 'off', 'forced'] as const
export type Mode = (typeof modes)[number]

/** Why a ghost stays silent. A refusal is not an error; metrics, logs and tests can name all of them. */
export const refusals = [
  'mode-off',
  'unsafe-method',
  'request-no-store',
  'not-learned',
  'gone',
  'stale',
  'too-old',
  'freshness-rules',
  'low-confidence',
  'no-template',
  'no-candidate',
  'not-derivable',
  'brain-late',
  'brain-busy',
  'brain-down',
  'tier-failed',
  'maybe-done',
  'body-not-kept',
  'journal-full',
  'journal-failed',
  'own-write-unclear',
  'not-shared',
] as const
export type Refusal = (typeof refusals)[number]

/** What a ghost says. `headers` is flat, names in lower case, without framing, `date` and the labels of a ghost. */
export interface GhostAnswer {
  readonly tier: Tier
  readonly status: number
  readonly headers: readonly string[]
  readonly body: Uint8Array
  /** Expected similarity to the truth, 0…1, from grading. */
  readonly confidence: number
  /** The lower bound of the confidence: what is compared with CHAOS_GHOST_MIN_CONFIDENCE. */
  readonly lowerBound: number
  /** When the newest exemplar used was captured, epoch ms. */
  readonly capturedAt: number
  /** How it was found, where that takes a sentence: rules used and their evidence. */
  readonly because?: string
  /** Values in the body that stand redacted. */
  readonly redactions: number
  /** Pending writes of the client itself that it shows; `isUnclear`: of another one it is not known what it comes to. */
  readonly pending?: { readonly shown: number; readonly isUnclear: boolean }
}

/** An exemplar near to the request, for people who ask why. */
export interface Candidate {
  readonly key: string
  readonly method: string
  readonly target: string
  /** Cosine of the embeddings, -1…1. Not a confidence. */
  readonly similarity: number
  /** Why it was not used, or '' where it was. */
  readonly because: string
}
