// thread: any
// CRC-32 as in zlib and Ethernet (ISO 3309). Node has one from 20.15 on only.

const table = new Uint32Array(256)
for (let i = 0; i < 256; i++) {
  let remainder = i
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1
  table[i] = remainder
}

export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
