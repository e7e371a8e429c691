// thread: any
// An answer is stored once, in the coding it came in; here it gets the coding that the client takes (RFC 9110 §12.5.3).
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { contentCoding, decodeContent } from '../contract/content-coding.js'
import { fieldOf } from '../contract/fields.js'
import { weightedList } from '../contract/weighted-list.js'

export interface CodedBody {
  readonly body: Uint8Array
  /** '' for none. */
  readonly coding: string
  /** It is not octet for octet what was stored. */
  readonly isRecoded: boolean
}

/** Largest body that is decoded for a client which cannot take its coding. */
const MAX_DECODED_BYTES = 64 << 20
/** Largest that is coded for one which takes it in no other way: it costs the edge its time. */
const MAX_ENCODED_BYTES = 1 << 20

/** Undefined: it is stored in a coding that this client cannot take, and that cannot be undone. */
export function codeFor(
  { headers, body }: { readonly headers: readonly string[]; readonly body: Uint8Array },
  requestHeaders: readonly string[],
): CodedBody | undefined {
  const coding = contentCoding(headers)
  const wanted = weightsOf(requestHeaders)
  if (coding === '')
    return wanted === undefined || takes(wanted, 'identity') ? asStored(body, '') : encoded(body, wanted)
  if (wanted !== undefined && coding.split(',').every(one => takes(wanted, one.trim()))) return asStored(body, coding)
  // The answer to a HEAD says only how the other would be coded.
  if (body.length === 0) return { body, coding: '', isRecoded: true }
  // Broken or bomb: it was learned octet for octet and cannot be given to a client that wants it decoded.
  const plain = decodeContent(body, coding, MAX_DECODED_BYTES)
  return plain === undefined ? undefined : { body: plain, coding: '', isRecoded: true }
}

function asStored(body: Uint8Array, coding: string): CodedBody {
  return { body, coding, isRecoded: false }
}

/** For a client that refuses it uncoded. Where nothing else can be had, it gets it so all the same, as §12.5.3 wants it. */
function encoded(body: Uint8Array, wanted: ReadonlyMap<string, number>): CodedBody {
  if (body.length === 0 || body.length > MAX_ENCODED_BYTES) return asStored(body, '')
  if (takes(wanted, 'gzip')) return { body: gzipSync(body), coding: 'gzip', isRecoded: true }
  if (!takes(wanted, 'br')) return asStored(body, '')
  // The default takes a hundred times as long.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 4 }
  return { body: brotliCompressSync(body, { params }), coding: 'br', isRecoded: true }
}

/** Undefined: the field is not there, and what is not said is not relied on. */
function weightsOf(requestHeaders: readonly string[]): ReadonlyMap<string, number> | undefined {
  if (fieldOf(requestHeaders, 'accept-encoding') === undefined) return undefined
  const weights = new Map<string, number>()
  for (let i = 0; i < requestHeaders.length; i += 2) {
    if (requestHeaders[i] !== 'accept-encoding') continue
    for (const { name, q } of weightedList(requestHeaders[i + 1]!)) weights.set(plainName(name), q)
  }
  return weights
}

function takes(wanted: ReadonlyMap<string, number>, coding: string): boolean {
  const weight = wanted.get(plainName(coding)) ?? wanted.get('*')
  // Uncoded is welcome unless it is refused; all else must be asked for.
  return weight === undefined ? coding === 'identity' : weight > 0
}

/** §8.4.1: old names of the same. */
function plainName(coding: string): string {
  return coding === 'x-gzip' || coding === 'x-compress' ? coding.slice(2) : coding
}
