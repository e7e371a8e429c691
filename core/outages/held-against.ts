// thread: main
// What a ghost answered, held against what the upstream says to the same question. Pure.
import type { Buffer } from 'node:buffer'
import { decodeContent } from '../contract/content-coding.js'
import { parseJson } from '../contract/json.js'
import { type Difference, differencesOf } from '../contract/json-differences.js'
import type { KeptAnswer } from '../contract/outages.js'
import { similarity } from '../contract/similarity.js'
import type { VolatileMap } from '../contract/volatile.js'
import { withoutVolatile } from '../contract/without-volatile.js'

export interface Truth {
  readonly status: number
  /** '' for none. */
  readonly coding: string
  readonly body: Buffer
}

export interface Verdict {
  /** 0…1; 1 is right. */
  readonly similarity: number
  readonly differences: readonly Difference[]
}

const MAX_DECODED_BYTES = 1 << 20

/**
 * Undefined: one of the two cannot be read. `redacted`: the body without secrets, as bodies are stored. `volatile`: leaves that
 * are new each time, and are not compared.
 */
export function heldAgainst(
  method: string,
  given: KeptAnswer,
  truth: Truth,
  redacted: (body: Buffer) => Buffer,
  volatile: VolatileMap | undefined,
): Verdict | undefined {
  if (given.status !== truth.status) {
    const differences = [{ at: 'status', given: String(given.status), truth: String(truth.status) }]
    return { similarity: 0, differences }
  }
  if (method === 'HEAD') return { similarity: 1, differences: [] }
  const givenBody = decodeContent(given.body, given.coding, MAX_DECODED_BYTES)
  const trueBody = decodeContent(truth.body, truth.coding, MAX_DECODED_BYTES)
  if (givenBody === undefined || trueBody === undefined) return undefined
  const said = { status: given.status, body: givenBody }
  const is = { status: truth.status, body: redacted(trueBody) }
  const near = similarity(said, is, undefined, volatile)
  if (near === 1) return { similarity: 1, differences: [] }
  const a = parseJson(said.body.toString())
  const b = parseJson(is.body.toString())
  if (a === undefined || b === undefined) {
    const octets = (body: Buffer): string => `${body.length} octets`
    return { similarity: near, differences: [{ at: 'body', given: octets(said.body), truth: octets(is.body) }] }
  }
  return {
    similarity: near,
    differences: differencesOf(withoutVolatile(a, volatile), withoutVolatile(b, volatile)),
  }
}
