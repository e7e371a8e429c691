// thread: any
// A query read leniently: what a client sends need not be well formed, and two different queries must not look the same
// after reading.

export interface QueryValue {
  readonly name: string
  /** Decoded; undefined where the parameter has no `=`. */
  readonly value: string | undefined
  /** As it was sent, where decoding lost something: only then are two equal values perhaps not the same. */
  readonly raw: string | undefined
}

/** Pairs ordered by name; the values of one name keep their order (see canonicalQuery in core/record/identity.ts). */
export function readQuery(query: string): QueryValue[] {
  const values: QueryValue[] = []
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const mark = pair.indexOf('=')
    const name = decode(mark < 0 ? pair : pair.slice(0, mark))
    const value = mark < 0 ? undefined : decode(pair.slice(mark + 1))
    const lossy = name.lossy || value?.lossy === true
    values.push({ name: name.text, value: value?.text, raw: lossy ? pair : undefined })
  }
  return values.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/** As forms are coded: `+` is a space. Never throws: where an escape is broken the text stays as it was sent. */
function decode(text: string): { text: string; lossy: boolean } {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return { text: spaced, lossy: false }
  try {
    return { text: decodeURIComponent(spaced), lossy: false }
  } catch {
    return { text: spaced, lossy: true }
  }
}
