import t from 'tap'
import { crc32 } from '../../../core/journal/crc32.js'
import {
  frameHeader,
  type Scan,
  SEGMENT_HEADER_BYTES,
  scanSegment,
  segmentHeader,
} from '../../../core/journal/frame.js'

const frameOf = (payload: Buffer): Buffer => Buffer.concat([frameHeader(payload), payload])
const [one, two, three] = ['the first', 'CJR1 in the second, as it may be', 'third'].map(text => Buffer.from(text))
const frames = [one!, two!, three!].map(frameOf)
const whole = Buffer.concat([segmentHeader(), ...frames])

function read(scan: Scan): Scan & { kind: 'read' } {
  if (scan.kind !== 'read') throw new Error(scan.kind)
  return scan
}
const texts = (scan: Scan): string[] => read(scan).frames.map(({ payload }) => payload.toString())

t.test('the check sum is that of zlib', async t => {
  t.equal(crc32(Buffer.from('123456789')), 0xcbf43926)
  t.equal(crc32(Buffer.alloc(0)), 0)
})

t.test('a whole segment is read', async t => {
  const scan = scanSegment(whole, true)
  t.same(texts(scan), [one, two, three].map(String))
  t.same(read(scan).damaged, [])
  t.equal(read(scan).torn, undefined)
})

t.test('cut off at any octet: what is whole is read, and the rest is a tail that was never acknowledged', async t => {
  for (let length = 0; length < whole.length; length++) {
    const scan = scanSegment(whole.subarray(0, length), true)
    if (length < SEGMENT_HEADER_BYTES) {
      t.equal(scan.kind, 'unborn')
      continue
    }
    const ends = [SEGMENT_HEADER_BYTES, ...frames.map((_, i) => SEGMENT_HEADER_BYTES + sum(frames.slice(0, i + 1)))]
    const complete = ends.filter(end => end <= length).length - 1
    if (texts(scan).length !== complete) t.fail(`${length}: ${texts(scan).length} records, ${complete} are whole`)
    t.same(read(scan).damaged, [])
    t.equal(read(scan).torn?.offset, length === ends[complete] ? undefined : ends[complete])
  }
})

function sum(buffers: readonly Buffer[]): number {
  return buffers.reduce((bytes, { length }) => bytes + length, 0)
}

t.test(
  'an octet that changed, at any place: one record is damage with all its octets, the others are read',
  async t => {
    for (let at = SEGMENT_HEADER_BYTES; at < whole.length; at++) {
      const changed = Buffer.from(whole)
      changed[at]! ^= 0x20
      const scan = read(scanSegment(changed, false))
      const octets = sum(scan.damaged.map(({ bytes }) => Buffer.alloc(bytes)))
      t.equal(scan.frames.length, 2, `at ${at}`)
      t.equal(octets + sum(scan.frames.map(({ bytes }) => Buffer.alloc(bytes))) + SEGMENT_HEADER_BYTES, whole.length)
    }
  },
)

t.test(
  'a last record that is there in full and is wrong is damage, not a tail: it may have been acknowledged',
  async t => {
    const changed = Buffer.from(whole)
    changed[whole.length - 1]! ^= 1
    const scan = read(scanSegment(changed, true))
    t.equal(scan.torn, undefined)
    t.same(scan.damaged, [{ offset: whole.length - frames[2]!.length, bytes: frames[2]!.length }])
  },
)

t.test('zeros at the end of the last file were never written; elsewhere they are damage', async t => {
  const padded = Buffer.concat([whole, Buffer.alloc(4096)])
  t.equal(read(scanSegment(padded, true)).torn?.bytes, 4096)
  t.equal(read(scanSegment(padded, false)).damaged[0]?.bytes, 4096)
})

t.test('what is no segment, or one of a later layout, is left alone', async t => {
  t.equal(scanSegment(Buffer.from('something else, and long enough'), true).kind, 'foreign')
  const later = Buffer.from(whole)
  later.writeUInt16BE(2, 8)
  const scan = scanSegment(later, true)
  t.match(scan, { kind: 'foreign', because: /version 2/ })
})
