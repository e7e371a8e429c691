// thread: edge
// The journal as the request path knows it: which writes may go there, and by which door.
import type { CreationForm } from '../contract/creation-form.js'
import { type FaultCode, faults } from '../contract/faults.js'
import type { Refusal } from '../contract/ghost.js'
import type { JournalReply, JournalWrite } from '../contract/journal.js'
import type { JsonNode } from '../contract/json.js'
import type { Makes } from '../contract/made-id.js'
import type { JournalLook } from '../contract/messages.js'
import { saysSigningIn } from '../contract/question-words.js'
import type { RouteShows } from '../contract/route-shows.js'
import type { OwnWrites } from '../ghost/own-writes.js'
import type { JournalGate } from '../journal/gate.js'

export interface JournalDoor {
  /** Writes of some route at least are journalled; else only what is there from before is still sent. */
  takes: boolean
  readonly gate: JournalGate
  /** What clients have pending, for their own ghosts. */
  readonly own: OwnWrites
  /** CHAOS_JOURNAL_PATH with a slash at its end. */
  readonly statusPath: string
  /** Never rejects. */
  append(write: JournalWrite): Promise<JournalReply>
  /** Never rejects. */
  look(id: string): Promise<JournalLook>
}

export interface FailedWrite {
  readonly method: string
  readonly path: string
  readonly because: FaultCode
  /** Something of it was sent. */
  readonly wasBegun: boolean
  /** An answer had begun. */
  readonly wasAnswered: boolean
  /** The client sent an Idempotency-Key. */
  readonly hasKey: boolean
  /** All of its body is here, and no more than CHAOS_HOLD_BYTES. */
  readonly isWhole: boolean
}

/**
 * Why a write may not be journalled, or undefined. One that the upstream may have seen is sent again only where a second time
 * does no harm: by its method (RFC 9110 §9.2.2), or for the key that the upstream knows it by.
 */
export function journalRefusal(write: FailedWrite): Refusal | undefined {
  const { method, path, because, wasBegun, wasAnswered, hasKey, isWhole } = write
  // What a client is to be given for its password it cannot be given later.
  if (method === 'POST' && saysSigningIn(path)) return 'unsafe-method'
  if (wasAnswered || (wasBegun && faults[because].retry !== 'always' && !unanswered.has(because))) return 'maybe-done'
  if (wasBegun && method !== 'PUT' && method !== 'DELETE' && !hasKey) return 'maybe-done'
  return isWhole ? undefined : 'body-not-kept'
}

/** Faults by which nothing is known of what the upstream did: others are answers, if broken ones. */
const unanswered: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'CHAOS_ERR_UPSTREAM_RESET',
  'CHAOS_ERR_UPSTREAM_RESPONSE_TIMEOUT',
])

/** How what a POST there makes is named until it is made; undefined: nobody knows how such things are named, or it has its name. */
export function makesOf(
  form: CreationForm | undefined,
  shows: RouteShows | undefined,
  sent: JsonNode | undefined,
): Makes | undefined {
  const isListed = shows?.kind === 'many'
  const ids = form?.ids ?? (isListed ? shows.ids : undefined)
  const name = isListed ? shows.idMember : form?.idAt?.at(-1)
  // Whoever makes it has named it already.
  const isNamed = sent?.kind === 'object' && sent.entries.some(([own]) => own === name)
  if (ids === undefined || isNamed) return undefined
  return {
    ids,
    ...(form?.idAt === undefined ? {} : { idAt: form.idAt }),
    ...(form?.location === undefined ? {} : { location: form.location }),
    ...(isListed ? { idMember: shows.idMember } : {}),
  }
}
