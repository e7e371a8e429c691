// thread: main
// How records stand in a segment file. Pure: octets in, records out.
//
//   file    "CHAOSJNL" | u16 version of this layout | 6 octets of zero | frames
//   frame   "CJR1" | u32 length of the payload | u32 CRC-32 of the payload | payload
//
// Numbers are big-endian. The mark before each frame lets reading go on behind a place that is damaged.
import { Buffer } from 'node:buffer'
import { crc32 } from './crc32.js'

export const LAYOUT_VERSION = 1
const SEGMENT_MARK = Buffer.from('CHAOSJNL')
export const SEGMENT_HEADER_BYTES = 16
const FRAME_MARK = Buffer.from('CJR1')
export const FRAME_HEADER_BYTES = 12

export function segmentHeader(): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES)
  SEGMENT_MARK.copy(header)
  header.writeUInt16BE(LAYOUT_VERSION, SEGMENT_MARK.length)
  return header
}

/** What goes before `payload` in the file. */
export function frameHeader(payload: Uint8Array): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES)
  FRAME_MARK.copy(header)
  header.writeUInt32BE(payload.length, 4)
  header.writeUInt32BE(crc32(payload), 8)
  return header
}

export interface Frame {
  /** Of the frame in the file. */
  readonly offset: number
  /** Of the whole frame. */
  readonly bytes: number
  /** A view on what was scanned. */
  readonly payload: Buffer
}

export interface Stretch {
  readonly offset: number
  readonly bytes: number
}

export type Scan =
  /** `torn`: the last write never became whole; it was acknowledged to nobody. `damaged`: octets that are no record any more. */
  | {
      readonly kind: 'read'
      readonly frames: readonly Frame[]
      readonly damaged: readonly Stretch[]
      readonly torn: Stretch | undefined
    }
  /** Not even its header was written. */
  | { readonly kind: 'unborn' }
  /** Of another version, or no segment at all: nothing in it is touched. */
  | { readonly kind: 'foreign'; readonly because: string }

/** `isLast`: writing may have stopped in the middle here. */
export function scanSegment(file: Buffer, isLast: boolean): Scan {
  const expected = segmentHeader()
  if (file.length < SEGMENT_HEADER_BYTES || isZero(file)) {
    const isBeginning = isZero(file) || expected.subarray(0, file.length).equals(file)
    return isBeginning ? { kind: 'unborn' } : { kind: 'foreign', because: 'it is no segment of a journal' }
  }
  if (!file.subarray(0, SEGMENT_MARK.length).equals(SEGMENT_MARK))
    return { kind: 'foreign', because: 'it is no segment of a journal' }
  const version = file.readUInt16BE(SEGMENT_MARK.length)
  if (version !== LAYOUT_VERSION)
    return { kind: 'foreign', because: `its layout is version ${version}, this program reads ${LAYOUT_VERSION}` }
  const frames: Frame[] = []
  const damaged: Stretch[] = []
  let at = SEGMENT_HEADER_BYTES
  while (at < file.length) {
    const frame = frameAt(file, at)
    if (frame !== undefined) {
      frames.push(frame)
      at += frame.bytes
      continue
    }
    const next = nextFrame(file, at + 1)
    const stretch = { offset: at, bytes: (next ?? file.length) - at }
    if (next === undefined && isLast && isCutOff(file.subarray(at)))
      return { kind: 'read', frames, damaged, torn: stretch }
    damaged.push(stretch)
    at += stretch.bytes
  }
  return { kind: 'read', frames, damaged, torn: undefined }
}

/** The whole frame that begins at `at`, or undefined. */
export function frameAt(file: Buffer, at: number): Frame | undefined {
  if (at + FRAME_HEADER_BYTES > file.length || file.compare(FRAME_MARK, 0, 4, at, at + 4) !== 0) return undefined
  const length = file.readUInt32BE(at + 4)
  const bytes = FRAME_HEADER_BYTES + length
  if (at + bytes > file.length) return undefined
  const payload = file.subarray(at + FRAME_HEADER_BYTES, at + bytes)
  return crc32(payload) === file.readUInt32BE(at + 8) ? { offset: at, bytes, payload } : undefined
}

function nextFrame(file: Buffer, from: number): number | undefined {
  for (let at = file.indexOf(FRAME_MARK, from); at >= 0; at = file.indexOf(FRAME_MARK, at + 1)) {
    if (frameAt(file, at) !== undefined) return at
  }
  return undefined
}

/** The beginning of a frame whose rest never came. A frame that has its length and a wrong sum is damage, not that. */
function isCutOff(tail: Buffer): boolean {
  if (isZero(tail)) return true
  const mark = tail.subarray(0, FRAME_MARK.length)
  if (!FRAME_MARK.subarray(0, mark.length).equals(mark)) return false
  return tail.length < FRAME_HEADER_BYTES || FRAME_HEADER_BYTES + tail.readUInt32BE(4) > tail.length
}

function isZero(bytes: Buffer): boolean {
  return bytes.every(octet => octet === 0)
}
