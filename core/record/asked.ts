// thread: any
// A request as learning and ghosts may see it: redacted, scoped, named, and told what kind of question it is.
import { Buffer, isUtf8 } from 'node:buffer'
import { fieldOf } from '../contract/fields.js'
import { type Question, questionName, questionOf, readableBodyKind } from '../contract/question.js'
import { type Identity, identityOf } from './identity.js'
import type { Redactor } from './redact.js'
import type { Scopes } from './scope.js'

export interface AskingRequest {
  readonly method: string
  readonly path: string
  readonly query: string | undefined
  readonly headers: readonly string[]
  /** Whole; undefined where there is none, or it was not kept. */
  readonly body: Buffer | undefined
}

export interface Asked {
  readonly identity: Identity
  readonly question: Question
  /** Redacted; undefined where it cannot be read as text. */
  readonly body: Buffer | undefined
}

/** The key of an exemplar follows from this alone, for learning and for answering alike. */
export function askedOf(request: AskingRequest, redactor: Redactor, scopes: Scopes): Asked {
  const { method, headers } = request
  const redacted = redactor.query(request.query)
  const path = redactor.text(request.path)
  const contentType = fieldOf(headers, 'content-type')
  const inBody = redactedBody(request.body, headers, redactor)
  const question = questionOf({ method, path, query: redacted.query, contentType, body: inBody.body })
  const scope = scopes.of(headers, redacted.secrets + inBody.secrets)
  const name = questionName(question, method, path, redacted.query)
  return { identity: identityOf(path, redacted.query, scope, headers, name), question, body: inBody.body }
}

function redactedBody(
  body: Buffer | undefined,
  headers: readonly string[],
  redactor: Redactor,
): { readonly body: Buffer | undefined; readonly secrets: string } {
  const kind = readableBodyKind(headers)
  if (body === undefined || kind === undefined || !isUtf8(body)) return { body: undefined, secrets: '' }
  const text = body.toString()
  const redacted = redactor.requestText(text, kind)
  return { body: redacted.text === text ? body : Buffer.from(redacted.text), secrets: redacted.secrets }
}
