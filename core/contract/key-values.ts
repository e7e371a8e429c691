// thread: any
// `name=value,name=value`, as OpenTelemetry writes headers and attributes in its variables: W3C Baggage without properties,
// values percent-encoded. Pure.

export type KeyValues = { readonly pairs: readonly (readonly [string, string])[] } | { readonly problem: string }

/** RFC 9110 §5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** `problem` completes the sentence «NAME … », and repeats nothing of the text, which may be a secret. */
export function readKeyValues(text: string): KeyValues {
  const pairs: [string, string][] = []
  for (const [i, member] of text.split(',').entries()) {
    if (member.trim() === '') continue
    const mark = member.indexOf('=')
    const name = member.slice(0, mark).trim()
    if (mark < 0 || !token.test(name))
      return { problem: `has a part, number ${i + 1}, that is not name=value: write name=value,name=value` }
    const value = decoded(member.slice(mark + 1).trim())
    if (value === undefined)
      return { problem: `has a value, number ${i + 1}, that is no text: write octets as %20, and % itself as %25` }
    pairs.push([name, value])
  }
  return { pairs }
}

function decoded(value: string): string | undefined {
  try {
    const text = decodeURIComponent(value)
    return /[\0-\x1f\x7f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}
