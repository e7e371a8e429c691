// Reads files out of a zip archive (a jar is one), so that no package is needed for two files. PKWARE APPNOTE 6.3.10,
// without zip64, encryption and archives in several parts.
import { inflateRawSync } from 'node:zlib'

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const LOCAL_HEADER = 0x04034b50
const END_BYTES = 22
const MAX_COMMENT_BYTES = 0xffff

/** The file's bytes, or undefined where the archive has none of this name. Throws an Error where it is damaged. */
export function readZipEntry(zip: Buffer, name: string, maxBytes: number): Buffer | undefined {
  try {
    return readEntry(zip, name, maxBytes)
  } catch (error) {
    throw new Error(`the archive is damaged at ${name}: ${error instanceof Error ? error.message : error}`)
  }
}

function readEntry(zip: Buffer, name: string, maxBytes: number): Buffer | undefined {
  const end = findEnd(zip)
  const entries = zip.readUInt16LE(end + 10)
  let at = zip.readUInt32LE(end + 16)
  for (let i = 0; i < entries; i++) {
    if (zip.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error('no directory entry where one should be')
    const method = zip.readUInt16LE(at + 10)
    const packedBytes = zip.readUInt32LE(at + 20)
    const bytes = zip.readUInt32LE(at + 24)
    const nameBytes = zip.readUInt16LE(at + 28)
    const localAt = zip.readUInt32LE(at + 42)
    if (zip.toString('utf8', at + 46, at + 46 + nameBytes) === name) {
      if (bytes > maxBytes) throw new Error(`${bytes} bytes are more than ${maxBytes}`)
      return unpack(zip, localAt, method, packedBytes, bytes)
    }
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return undefined
}

/** The end record is found from behind: a comment of any length may follow it. */
function findEnd(zip: Buffer): number {
  const from = zip.length - END_BYTES
  for (let at = from; at >= Math.max(0, from - MAX_COMMENT_BYTES); at--)
    if (zip.readUInt32LE(at) === END_OF_DIRECTORY) return at
  throw new Error('it is no zip archive')
}

function unpack(zip: Buffer, localAt: number, method: number, packedBytes: number, bytes: number): Buffer {
  if (zip.readUInt32LE(localAt) !== LOCAL_HEADER) throw new Error('no file where the directory says')
  // The lengths of name and extra field may differ from those in the directory; the sizes there are the ones that hold.
  const from = localAt + 30 + zip.readUInt16LE(localAt + 26) + zip.readUInt16LE(localAt + 28)
  const packed = zip.subarray(from, from + packedBytes)
  if (method !== 0 && method !== 8) throw new Error(`packed by method ${method}, which is not read here`)
  const file = method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: Math.max(1, bytes) })
  if (file.length !== bytes) throw new Error(`${file.length} bytes instead of ${bytes}`)
  return file
}
