// thread: any

/** Where the last quote of the GraphQL string stands that begins at `start` (§2.9.4), or the end of the text. */
export function endOfGraphString(text: string, start: number): number {
  const block = text.startsWith('"""', start)
  let at = start + (block ? 3 : 1)
  while (at < text.length) {
    if (block) {
      if (text.startsWith('\\"""', at)) at += 3
      else if (text.startsWith('"""', at)) return at + 2
    } else if (text[at] === '\\') at += 1
    else if (text[at] === '"' || text[at] === '\n') return at
    at += 1
  }
  return at
}
