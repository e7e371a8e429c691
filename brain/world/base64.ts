// thread: learner

/** The text in it; undefined where it is no base64, or of something that is no text. Global identifiers are coded so. */
export function fromBase64(text: string): string | undefined {
  if (text.length < 4 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  const decoded = Buffer.from(text, 'base64').toString('latin1')
  return isPrintable(decoded) && decoded !== '' && Buffer.from(decoded, 'latin1').toString('base64') === text
    ? decoded
    : undefined
}

/** ASCII: each character is one octet, and itself again when it is decoded. */
export function isPrintable(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}
