// thread: edge
// What is worked out of the header section of an answer, once for all answers that repeat it.
import { essenceOf } from '../contract/baseline.js'
import { contentCoding } from '../contract/content-coding.js'
import { fieldOf } from '../contract/fields.js'
import { FieldLines, type HeaderSection } from '../contract/header-section.js'
import type { ResponseHead } from '../http1/response-head-parser.js'
import { passResponseHeaders } from './headers.js'
import { mustStream } from './streaming.js'

export interface ResponseNotes {
  /** What goes to the client. */
  readonly passed: FieldLines
  /** Every byte goes on at once. */
  readonly streams: boolean
  /** Media type without parameters, and coding of the body; '' for none. Worked out where they are asked for. */
  form: { readonly type: string; readonly coding: string } | undefined
}

export function responseNotesOf(head: ResponseHead): ResponseNotes {
  const section = head.section as HeaderSection<ResponseNotes>
  section.notes ??= {
    passed: new FieldLines(passResponseHeaders(section.fields)),
    streams: mustStream(section.fields),
    form: undefined,
  }
  return section.notes
}

/** What the head says of the body. */
export function bodyFormOf(head: ResponseHead): { readonly type: string; readonly coding: string } {
  const notes = responseNotesOf(head)
  const { fields } = head.section
  notes.form ??= { type: essenceOf(fieldOf(fields, 'content-type')), coding: contentCoding(fields) }
  return notes.form
}
