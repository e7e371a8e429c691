// Reads what a client got, apart from the code under test: a second opinion on where an answer ends.

/** Name in lower case, value as it stood. */
export type Field = readonly [name: string, value: string]

export interface Answer {
  readonly version: string
  readonly status: number
  readonly reason: string
  readonly fields: readonly Field[]
  readonly body: string
  /** How the end is known. */
  readonly framing: 'none' | 'length' | 'chunked' | 'close'
  readonly trailers: readonly Field[]
  /** Nothing of it is missing. */
  readonly complete: boolean
}

export interface Answers {
  /** 1xx, in order. */
  readonly interim: readonly Answer[]
  readonly final: readonly Answer[]
  /** What stands behind the last answer. */
  readonly rest: string
}

export function valuesOf({ fields }: { fields: readonly Field[] }, name: string): string[] {
  return fields.filter(field => field[0] === name).map(field => field[1])
}

export function parseFieldLines(lines: readonly string[]): Field[] {
  return lines.map(line => {
    const colon = line.indexOf(':')
    if (colon <= 0) throw new Error(`no field line: ${JSON.stringify(line)}`)
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')]
  })
}

/** `text` latin1. `methods`: of the requests, in order; GET where there are fewer. `closed`: nothing more will come. */
export function readAnswers(text: string, methods: readonly string[] = [], closed = false): Answers {
  const interim: Answer[] = []
  const final: Answer[] = []
  let rest = text
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) return { interim, final, rest }
    const [line = '', ...lines] = rest.slice(0, end).split('\r\n')
    const named = /^HTTP\/(\d\.\d) (\d{3}) (.*)$/.exec(line)
    if (named === null) throw new Error(`no status line: ${JSON.stringify(line)}`)
    const fields = parseFieldLines(lines)
    const status = Number(named[2])
    const head = { version: named[1]!, status, reason: named[3]!, fields }
    const after = rest.slice(end + 4)
    if (status < 200 && status !== 101) {
      interim.push({ ...head, body: '', framing: 'none', trailers: [], complete: true })
      rest = after
      continue
    }
    const { used, ...body } = readBody(after, head, methods[final.length] ?? 'GET', closed)
    final.push({ ...head, ...body })
    if (!body.complete) return { interim, final, rest: '' }
    rest = after.slice(used)
  }
}

function readBody(
  text: string,
  head: { status: number; fields: readonly Field[] },
  method: string,
  closed: boolean,
): Pick<Answer, 'body' | 'framing' | 'trailers' | 'complete'> & { used: number } {
  const none = { trailers: [] }
  if (method === 'HEAD' || head.status === 204 || head.status === 304 || head.status === 101)
    return { ...none, body: '', framing: 'none', complete: true, used: 0 }
  if (valuesOf(head, 'transfer-encoding').length > 0) return { framing: 'chunked', ...readChunks(text) }
  const length = valuesOf(head, 'content-length')
  if (length.length > 0) {
    const bytes = Number(length[0])
    const body = text.slice(0, bytes)
    return { ...none, body, framing: 'length', complete: text.length >= bytes, used: bytes }
  }
  return { ...none, body: text, framing: 'close', complete: closed, used: text.length }
}

/** Throws where it is no chunked coding. */
export function readChunks(text: string): { body: string; trailers: Field[]; complete: boolean; used: number } {
  let body = ''
  let at = 0
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd < 0) return { body, trailers: [], complete: false, used: text.length }
    const size = text.slice(at, lineEnd)
    if (!/^[0-9a-f]+$/i.test(size)) throw new Error(`no chunk size: ${JSON.stringify(size)}`)
    const bytes = Number.parseInt(size, 16)
    at = lineEnd + 2
    if (bytes === 0) break
    body += text.slice(at, at + bytes)
    if (text.length < at + bytes + 2) return { body, trailers: [], complete: false, used: text.length }
    if (text.slice(at + bytes, at + bytes + 2) !== '\r\n') throw new Error('a chunk does not end in CR LF')
    at += bytes + 2
  }
  const lines: string[] = []
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd < 0) return { body, trailers: [], complete: false, used: text.length }
    const line = text.slice(at, lineEnd)
    at = lineEnd + 2
    if (line === '') return { body, trailers: parseFieldLines(lines), complete: true, used: at }
    lines.push(line)
  }
}
