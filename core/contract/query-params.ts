// thread: any

/** `a=1&a=2&b` → pairs in order, percent-decoded with `+` as a space. A bad escape leaves the text as it is. */
export function queryParams(query: string): [string, string][] {
  if (query === '') return []
  return query.split('&').map(pair => {
    const mark = pair.indexOf('=')
    return mark < 0
      ? [decodePart(pair, true), '']
      : [decodePart(pair.slice(0, mark), true), decodePart(pair.slice(mark + 1), true)]
  })
}

/** Percent-decodes one part of a target; never throws. `plusIsSpace`: in queries only. */
export function decodePart(text: string, plusIsSpace: boolean): string {
  const spaced = plusIsSpace ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}
