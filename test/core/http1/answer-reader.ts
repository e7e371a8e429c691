// Reads one answer out of octets with the parser of the upstream side: what tests of it share.
import { ResponseParser } from '../../../core/http1/response-parser.js'

export interface Heard {
  status: number
  reason: string
  /** Flat, joined by NUL. */
  headers: string
  body: string
  outcome: 'whole' | 'fault'
}

/** `closes`: the connection ends in order behind `bytes`. */
export function readAnswer(bytes: Buffer, method: string, closes = true): Heard {
  const heard: Heard = { status: 0, reason: '', headers: '', body: '', outcome: 'fault' }
  const parser = new ResponseParser(
    {
      onHead: ({ status, reason, section }) =>
        void Object.assign(heard, { status, reason, headers: section.fields.join('\0') }),
      onData: chunk => {
        heard.body += chunk.toString('latin1')
      },
      onEnd: () => {
        heard.outcome = 'whole'
      },
      onInterim() {},
      onSwitch() {},
    },
    16 * 1024,
  )
  parser.expect(method)
  if (parser.read(bytes, bytes.length) === undefined && closes) parser.close()
  return heard
}
