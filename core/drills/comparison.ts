// thread: edge
// What a ghost said, held against what the upstream said in the shadow. Pure; what it is given is redacted already.

import { parseJson } from '../contract/json.js'
import { type Difference, differencesOf } from '../contract/json-differences.js'
import { type Graded, similarity } from '../contract/similarity.js'
import type { VolatileMap } from '../contract/volatile.js'
import { withoutVolatile } from '../contract/without-volatile.js'

const MAX_DIFFERENCES = 10

/** `volatile`: leaves that a ghost makes anew, as the upstream does. */
export function compareAnswers(
  ghost: Graded,
  truth: Graded,
  volatile: VolatileMap | undefined,
): { readonly similarity: number; readonly differences: readonly Difference[] } {
  const score = similarity(ghost, truth, undefined, volatile)
  return { similarity: score, differences: score === 1 ? [] : partingsOf(ghost, truth, volatile) }
}

function partingsOf(ghost: Graded, truth: Graded, volatile: VolatileMap | undefined): readonly Difference[] {
  const [said, is] = [parseJson(textOf(ghost.body)), parseJson(textOf(truth.body))]
  if (said === undefined || is === undefined) return []
  return differencesOf(withoutVolatile(said, volatile), withoutVolatile(is, volatile)).slice(0, MAX_DIFFERENCES)
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
