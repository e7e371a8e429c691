// What the runner kept of each test: the question, what the ghost said, what the backend had said, and the row of scores
// that harness/score.py gave. Pure.

/** One is there, or none where there was no body. */
export interface KeptBody {
  readonly j?: unknown
  /** Not JSON. */
  readonly t?: string
}

export interface TestRequest {
  readonly id: string
  readonly class: string
  readonly kind?: string
  /** Method, target, fields, body, and whose request it is. */
  readonly m: string
  readonly p: string
  readonly h?: Readonly<Record<string, string>>
  readonly b?: string
  readonly as?: string
}

/** Scores of reads stand on every row but those of the class `unsafe`. */
export interface ScoreRow {
  /** Answered, and not 5xx. */
  readonly avail: boolean
  readonly marked: boolean
  readonly ceil: number
  readonly leak: 0 | 1
  readonly f1?: number
  readonly wrong?: 0 | 1
  /** Wrong, and not marked or marked with a confidence of 0.8 or more. */
  readonly wbc?: 0 | 1
  readonly status_ok?: boolean
  /** An unsafe request that looks done. */
  readonly silent?: 0 | 1
}

export interface Answer {
  readonly req: TestRequest
  /** Status of the ghost, 0 where there was no answer; its fields, names in lower case. */
  readonly g: number
  readonly gh: Readonly<Record<string, string>>
  readonly gb: KeptBody
  /** The truth. */
  readonly t: number
  readonly tb: KeptBody
  readonly row: ScoreRow
}

export const UNSAFE = 'unsafe'

/** As harness/score.py lists them. */
export const classes = ['repeat', 'param-new', 'route-neighbour', 'not-found', 'identity', UNSAFE] as const

/** One JSON object a line. */
export function readAnswers(lines: string): Answer[] {
  return lines
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Answer)
}

export function isRead({ req }: Answer): boolean {
  return req.class !== UNSAFE
}

/** What the ghost says of itself; undefined where nothing was answered, or not by a ghost. */
export function confidenceOf({ row, gh }: Answer): number | undefined {
  const text = gh['x-ghost-confidence']
  const confidence = text === undefined ? Number.NaN : Number.parseFloat(text)
  return row.avail && row.marked && !Number.isNaN(confidence) ? confidence : undefined
}
