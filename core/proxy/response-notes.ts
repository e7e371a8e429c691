// thread: edge
// What is worked out of the header section of an answer, once for all answers that repeat it.
import { FieldLines, type HeaderSection } from '../contract/header-section.js'
import type { ResponseHead } from '../http1/response-head-parser.js'
import { passResponseHeaders } from './headers.js'
import { mustStream } from './streaming.js'

export interface ResponseNotes {
  /** What goes to the client. */
  readonly passed: FieldLines
  /** Every byte goes on at once. */
  readonly streams: boolean
}

export function responseNotesOf(head: ResponseHead): ResponseNotes {
  const section = head.section as HeaderSection<ResponseNotes>
  section.notes ??= {
    passed: new FieldLines(passResponseHeaders(section.fields)),
    streams: mustStream(section.fields),
  }
  return section.notes
}
