// thread: any
// What ghosts answered in an outage, and how it compares with the truth afterwards. Plain data.

/** What ghosts did for one route since the last such message of this edge. */
export interface GivenOnRoute {
  /** `GET /users/{id}`; '' where no route is learned. */
  readonly route: string
  readonly ghosts: number
  readonly refused: number
  /** Sum over the ghosts. */
  readonly confidence: number
}

/** What is sent with a question when it is asked again, beside its target: what may select the answer and is no secret. */
export const askedAgainWith = ['accept', 'accept-language', 'origin'] as const

/** Why a question is not asked again. */
export const unaskableReasons = ['credentials', 'too-long', 'selected-otherwise', 'secret-in-path'] as const
export type Unaskable = (typeof unaskableReasons)[number]

/** The answer that a ghost gave. */
export interface KeptAnswer {
  readonly status: number
  /** As `contentCoding` tells it; '' for none. */
  readonly coding: string
  readonly body: Uint8Array
}

/** A question that a ghost answered, and how often since the last message. */
export interface GivenQuestion {
  readonly key: string
  readonly route: string
  readonly method: string
  /** Path and query, redacted. */
  readonly target: string
  /** Flat; see {@link askedAgainWith}. */
  readonly fields: readonly string[]
  readonly times: number
  /** Epoch ms. */
  readonly firstAt: number
  readonly lastAt: number
  /** '' where it may be asked again. */
  readonly unaskable: Unaskable | ''
  /** With the first message of it that is asked again. */
  readonly answer: KeptAnswer | undefined
}

export interface GivenBatch {
  /** Epoch ms of the first ghost or refusal in it. */
  readonly since: number
  readonly routes: readonly GivenOnRoute[]
  readonly questions: readonly GivenQuestion[]
  /** Ghosts whose questions were not kept, for there were too many. */
  readonly beyond: number
}

/** A leaf in which ghosts and the truth differed. */
export interface OutageField {
  /** JSON pointer in which `~` stands for any place of a list; `status`, or `body` for what is not JSON. */
  readonly field: string
  /** Questions in whose answers it differed. */
  readonly differed: number
  /** One of them, with both values, shortened; null: it was not there. */
  readonly target: string
  readonly given: string | null
  readonly truth: string | null
  /** Longest time between the first and the last ghost that said the wrong thing. */
  readonly wrongForS: number
}

/** What ghosts said in an outage, all together or on one route. */
export interface OutageCounts {
  readonly ghosts: number
  readonly refused: number
  /** Different questions that were kept. */
  readonly distinct: number
  /** Questions of the sample that were asked again and answered. */
  readonly compared: number
  readonly right: number
  readonly wrong: number
  /** Mean similarity to the truth, each question as often as it was asked; null: nothing was compared. */
  readonly similarity: number | null
  /** Mean confidence that was claimed; null: no ghosts. */
  readonly confidence: number | null
  /** Readiness when the outage began, and what came of it: similarity, refusals counting 0. Null: not known. */
  readonly predicted: number | null
  readonly turnedOut: number | null
}

export interface OutageRoute extends OutageCounts {
  /** Null: no route was learned. */
  readonly route: string | null
  /** Longest time between the first and the last ghost that said something wrong. */
  readonly wrongForS: number
  /** Differed most first. */
  readonly fields: readonly OutageField[]
}

/** `comparing`: over, and its questions are being asked again. `interrupted`: the proxy ended before it was done. */
export const outageStates = ['running', 'comparing', 'done', 'interrupted'] as const
export type OutageState = (typeof outageStates)[number]

export interface OutageSummary extends OutageCounts {
  readonly id: string
  readonly state: OutageState
  readonly since: string
  /** Null while it runs. */
  readonly until: string | null
  readonly durationS: number
  readonly because: string
  /** Which opened; `none`: requests failed, too few of them for a circuit to open. */
  readonly circuit: 'upstream' | 'route' | 'none'
}

export interface OutageReport extends OutageSummary {
  /** Most asked for first. */
  readonly routes: readonly OutageRoute[]
  /** Of the kept questions. */
  readonly notAsked: {
    /** They can be asked only with somebody's credentials, which are not kept. */
    readonly credentials: number
    readonly tooLong: number
    /** What selected the answer is not kept: the answer varies by it, or it stood in the path. */
    readonly selected: number
    /** Beyond the sample. */
    readonly sample: number
    /** Asked again, but the upstream did not answer, or its answer could not be read. */
    readonly unanswered: number
    /** Not asked yet. */
    readonly waiting: number
  }
  /** Ghosts whose questions were not kept, for there were too many. */
  readonly beyond: number
}
