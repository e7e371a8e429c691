// thread: learner
import { type AnswerForm, essenceOf, isEmptyContainer, topOf } from '../../core/contract/baseline.js'
import { fieldOf } from '../../core/contract/fields.js'
import type { JsonNode } from '../../core/contract/json.js'

/** What an answer looks like, whatever it says. `plain`: undefined where its coding cannot be read. */
export function formOf(
  { headers }: { readonly headers: readonly string[] },
  plain: Buffer | undefined,
  json: JsonNode | undefined,
): AnswerForm {
  return {
    type: essenceOf(fieldOf(headers, 'content-type')),
    top: plain === undefined ? undefined : topOf(plain),
    empty: plain !== undefined && isEmptyContainer(plain),
    json,
  }
}
