// thread: any
import { alphabets, CROCKFORD, type IdFormat } from './id-format.js'

export type RandomBytes = (size: number) => Uint8Array

/** A new id of this format. `leading`: it must not begin with 0, for it stands as a number (RFC 8259 §6). */
export function mintId(format: IdFormat, now: number, random: RandomBytes, leading = false): string {
  switch (format.style) {
    case 'uuid': {
      const bytes = Buffer.from(random(16))
      if (format.version === 7) bytes.writeUIntBE(now, 0, 6)
      // RFC 9562 §4.1 and §4.2: variant and version.
      bytes[6] = (bytes[6]! & 0x0f) | (format.version << 4)
      bytes[8] = (bytes[8]! & 0x3f) | 0x80
      const hex = bytes.toString('hex')
      const text = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
      return format.upper ? text.toUpperCase() : text
    }
    case 'ulid': {
      let time = ''
      for (let rest = now, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = CROCKFORD[rest % 32]! + time
      const text = time + draw(CROCKFORD, 16, random)
      return format.upper ? text : text.toLowerCase()
    }
    case 'text': {
      const text = draw(alphabets[format.alphabet], format.length, random)
      return leading && text.startsWith('0') ? `${draw('123456789', 1, random)}${text.slice(1)}` : text
    }
  }
}

function draw(characters: string, length: number, random: RandomBytes): string {
  // Bytes beyond the last whole round of the alphabet are thrown away: else its first characters would come more often.
  const fair = 256 - (256 % characters.length)
  let text = ''
  while (text.length < length) {
    for (const byte of random(length - text.length)) if (byte < fair) text += characters[byte % characters.length]
  }
  return text
}
