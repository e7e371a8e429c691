// What the demo prints. Plain text; control characters only where a person watches.

/** A line that counts up on a terminal, and is written once where the output is a file. */
export class Progress {
  readonly #out: NodeJS.WriteStream
  #shownAt = 0

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  show(text: string): void {
    if (!this.#out.isTTY) return
    const now = performance.now()
    if (now - this.#shownAt < 80) return
    this.#shownAt = now
    this.#out.write(`\r\u001b[K  ${text}`)
  }

  done(text: string): void {
    this.#out.write(`${this.#out.isTTY ? '\r\u001b[K' : ''}  ${text}\n`)
  }
}

/** Columns as wide as their widest cell; `rule` rows become a heading. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[] | { readonly rule: string })[],
): string {
  const cells = rows.filter((row): row is readonly string[] => !('rule' in row))
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map(row => row[column]!.length)))
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd()
  const total = widths.reduce((sum, width) => sum + width + 2, -2)
  return [
    line(head),
    `  ${'-'.repeat(total)}`,
    ...rows.map(row => ('rule' in row ? `  ${`${row.rule} `.padEnd(total, '·')}` : line(row))),
  ].join('\n')
}

/** At most `chars` characters; what is left out shows as an ellipsis. */
export function shorten(text: string, chars: number): string {
  return text.length <= chars ? text : `${text.slice(0, chars - 1)}…`
}
