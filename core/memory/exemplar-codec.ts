// thread: any
// How exemplars, tombstones and vectors lie in memory: a JSON head behind its length, then the octets as they are. The
// edge reads an exemplar with one look-up, one JSON.parse of a few hundred bytes, and no copy of the body.
import type { Exemplar, StoredVector, Tombstone } from '../contract/memory.js'

export function encodeExemplar(exemplar: Exemplar | Tombstone): Buffer {
  if ('gone' in exemplar) return encode(exemplar, new Uint8Array(0))
  const { body, requestBody, ...head } = exemplar
  if (requestBody.length === 0) return encode(head, body)
  return encode({ ...head, requestBytes: requestBody.length }, Buffer.concat([requestBody, body]))
}

export function decodeExemplar(bytes: Buffer): Exemplar | Tombstone {
  const { head, rest } = decode(bytes)
  if ('gone' in head) return head as unknown as Tombstone
  // Those that were stored before requests had bodies have no such number.
  const { requestBytes = 0, ...said } = head as { requestBytes?: number }
  const body = { requestBody: rest.subarray(0, requestBytes), body: rest.subarray(requestBytes) }
  return { ...said, ...body } as unknown as Exemplar
}

export function encodeVector(stored: StoredVector): Buffer {
  const { vector, ...head } = stored
  return encode(head, new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength))
}

export function decodeVector(bytes: Buffer): StoredVector {
  const { head, rest } = decode(bytes)
  // A copy: a Float32Array needs an offset that is a multiple of four.
  const vector = new Float32Array(rest.buffer.slice(rest.byteOffset, rest.byteOffset + rest.byteLength) as ArrayBuffer)
  return { ...head, vector } as unknown as StoredVector
}

function encode(head: object, rest: Uint8Array): Buffer {
  const text = Buffer.from(JSON.stringify(head))
  const bytes = Buffer.allocUnsafe(4 + text.length + rest.length)
  bytes.writeUInt32LE(text.length, 0)
  bytes.set(text, 4)
  bytes.set(rest, 4 + text.length)
  return bytes
}

function decode(bytes: Buffer): { head: Record<string, unknown>; rest: Buffer } {
  const end = 4 + bytes.readUInt32LE(0)
  return { head: JSON.parse(bytes.toString('utf8', 4, end)) as Record<string, unknown>, rest: bytes.subarray(end) }
}
