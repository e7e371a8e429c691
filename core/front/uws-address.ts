// thread: edge
// The address of a client as text, out of the octets that uWebSockets.js gives.

/**
 * Texts of the addresses seen lately, for clients come back. The address itself is read with every request though it is the
 * connection's: the binary makes a new response object for each and shows nothing of HTTP by which to know the connection
 * again.
 */
const addressTexts = new Map<number, string>()

/** '' where there is none any more. */
export function addressText(bytes: Uint8Array): string {
  const mapped =
    bytes.length === 16 && bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every(byte => byte === 0)
  if (bytes.length === 16 && !mapped) return ipv6Text(bytes)
  if (bytes.length !== 4 && !mapped) return ''
  const at = mapped ? 12 : 0
  const number = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  let text = addressTexts.get(number)
  if (text === undefined) {
    text = `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
    if (addressTexts.size >= 4096) addressTexts.clear()
    addressTexts.set(number, text)
  }
  return text
}

function ipv6Text(bytes: Uint8Array): string {
  const groups: string[] = []
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i]! << 8) | bytes[i + 1]!).toString(16))
  return groups.join(':')
}
