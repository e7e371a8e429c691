// thread: any
// Recordings on their way from thread to thread: one buffer that is moved, so that nobody in between reads or copies them.
import { deserialize, serialize } from 'node:v8'
import type { Recording } from './replays.js'

export function packRecordings(recordings: readonly Recording[]): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = serialize(recordings)
  // A piece of a buffer cannot be moved without the rest.
  return byteOffset === 0 && byteLength === buffer.byteLength
    ? (buffer as ArrayBuffer)
    : (buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer)
}

/** Bodies are views on `bytes`. */
export function unpackRecordings(bytes: ArrayBuffer): Recording[] {
  return deserialize(Buffer.from(bytes)) as Recording[]
}
