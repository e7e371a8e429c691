// thread: main
// What a ghost would say, beside what the upstream says to the very same request: sent because somebody asked for it, by the own
// port like any client's, and only where it is safe (RFC 9110 §9.2.1).
import { isUtf8 } from 'node:buffer'
import { decodeContent } from '../contract/content-coding.js'
import type { LiveBeside, MatchExplanation, MatchQuestionByHand } from '../contract/status.js'
import type { VolatileMap } from '../contract/volatile.js'
import type { AnsweredAgain } from './ask-again.js'
import { heldAgainst } from './held-against.js'

export interface LiveBesideParts {
  readonly explain: (question: MatchQuestionByHand) => Promise<MatchExplanation>
  /** Undefined: no answer, or one that is too long. */
  readonly ask: (question: {
    readonly method: string
    readonly target: string
    readonly fields: readonly string[]
  }) => Promise<AnsweredAgain | undefined>
  readonly redact: (body: Buffer) => Buffer
  /** Leaves of answers of the route that are new each time. */
  readonly volatileOf: (method: string, pattern: string) => VolatileMap | undefined
}

/** Of the connection, and of bodies: ours to set, and there is none. */
const notSent = new Set([
  ...['host', 'connection', 'keep-alive', 'proxy-connection', 'upgrade', 'te', 'trailer', 'transfer-encoding'],
  ...['content-length', 'expect'],
])
const MAX_DECODED_BYTES = 1 << 20

export async function liveBeside(
  question: MatchQuestionByHand,
  { explain, ask, redact, volatileOf }: LiveBesideParts,
): Promise<LiveBeside | 'not-safe'> {
  const { method, path: target, body } = question
  if ((method !== 'GET' && method !== 'HEAD') || body !== '') return 'not-safe'
  // Before: what the upstream says is learned.
  const explanation = await explain(question)
  // By GET, GraphQL can write as well.
  if (explanation.request.question === 'write') return 'not-safe'
  const fields = Object.entries(question.headers)
    .filter(([name]) => !notSent.has(name.toLowerCase()))
    .flat()
  const none = { explanation, live: null, similarity: null, differences: [] }
  let truth: AnsweredAgain | undefined
  try {
    truth = await ask({ method, target, fields })
  } catch (error) {
    return { ...none, because: `the request cannot be sent: ${(error as Error).message}` }
  }
  if (truth === undefined) return { ...none, because: 'the proxy gave no answer, or one that is too long' }
  if (truth.isGhost) return { ...none, because: 'the upstream did not answer: what came is of a ghost, or its silence' }
  const plain = decodeContent(truth.body, truth.coding, MAX_DECODED_BYTES)
  if (plain === undefined) return { ...none, because: `its body cannot be read: it is coded as ${truth.coding}` }
  const shown = redact(plain)
  const bodyEncoding = isUtf8(shown) ? 'utf8' : 'base64'
  const live = { status: truth.status, body: shown.toString(bodyEncoding), bodyEncoding } as const
  const { answer, request } = explanation
  if (answer === null) return { ...none, live, because: 'the ghost has nothing to say' }
  const said = { status: answer.status, coding: '', body: Buffer.from(answer.body, answer.bodyEncoding) }
  const volatile = request.route === null ? undefined : volatileOf('GET', request.route)
  const verdict = heldAgainst(method, said, { ...truth, coding: '', body: plain }, redact, volatile)
  if (verdict === undefined) return { ...none, live, because: 'the two cannot be compared' }
  return { explanation, live, because: '', ...verdict }
}
