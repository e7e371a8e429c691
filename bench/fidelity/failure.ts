// Why the harness ended early, in words that help. Pure.

const LOG_LINES = 8

/** `said`: its stderr, whose last line is the reason; where that names a log, the end of the log belongs to it. */
export function failureOf(said: string, code: number | null, read: (file: string) => string | undefined): string {
  const reason = lastLines(said, 1) || `the harness ended with exit code ${code} and said nothing`
  const log = /; see (\S+\.log)$/.exec(reason)?.[1]
  const text = log === undefined ? undefined : read(log)
  if (text !== undefined) return `${reason}\n${indented(lastLines(text, LOG_LINES))}`
  // A traceback names the reason last, but says only above it what the hook or the harness had done.
  return said.includes('Traceback') ? `${reason}\n${indented(lastLines(said, LOG_LINES))}` : reason
}

function lastLines(text: string, count: number): string {
  return text
    .split('\n')
    .filter(line => line.trim() !== '')
    .slice(-count)
    .join('\n')
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
