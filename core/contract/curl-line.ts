// thread: any
// A `curl` line, as browsers and people copy it, read as the request that it would send.

export interface CurlRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type ReadCurl =
  | { readonly ok: true; readonly request: CurlRequest }
  | { readonly ok: false; readonly problem: string }

/** Options with a value that say nothing of the request itself. */
const besides = new Set([
  ...['-o', '--output', '-m', '--max-time', '--connect-timeout', '-x', '--proxy', '--retry', '-w', '--write-out'],
  ...['--cacert', '--cert', '--key', '-c', '--cookie-jar', '--resolve', '-E', '-K', '--config', '-D', '--dump-header'],
])

export function readCurl(line: string): ReadCurl {
  const words = wordsOf(line.trim())
  if (words === undefined) return { ok: false, problem: 'a quotation mark is not closed' }
  return readCurlWords(words)
}

/** A shell has cut the line already. */
export function readCurlWords(words: readonly string[]): ReadCurl {
  if (words[0] !== 'curl') return { ok: false, problem: 'the line must begin with curl' }
  let method = ''
  let url = ''
  let asQuery = false
  const headers: Record<string, string> = {}
  const data: string[] = []
  for (let i = 1; i < words.length; i++) {
    const [option, inline] = split(words[i]!)
    const value = (): string => inline ?? words[++i] ?? ''
    if (!option.startsWith('-')) url = option
    else if (option === '-X' || option === '--request') method = value().toUpperCase()
    else if (option === '-I' || option === '--head') method = 'HEAD'
    else if (option === '-G' || option === '--get') asQuery = true
    else if (option === '--url') url = value()
    else if (option === '-H' || option === '--header') addField(headers, value())
    else if (option === '-A' || option === '--user-agent') headers['user-agent'] = value()
    else if (option === '-e' || option === '--referer') headers.referer = value()
    else if (option === '-b' || option === '--cookie') headers.cookie = value()
    else if (option === '-u' || option === '--user') headers.authorization = `Basic ${base64(value())}`
    else if (option === '--oauth2-bearer') headers.authorization = `Bearer ${value()}`
    else if (option === '--data-urlencode') data.push(urlEncoded(value()))
    else if (option === '--json') {
      data.push(value())
      headers['content-type'] ??= 'application/json'
      headers.accept ??= 'application/json'
    } else if (/^(-d|--data(-raw|-binary|-ascii)?)$/.test(option)) {
      const text = value()
      if (text.startsWith('@') && option !== '--data-raw')
        return { ok: false, problem: `${option} ${text} names a file, which is not read here: give its text` }
      data.push(text)
    } else if (option === '-F' || option === '--form') {
      return { ok: false, problem: `${option} sends a form with parts, which is not read here` }
    } else if (besides.has(option)) value()
  }
  if (url === '') return { ok: false, problem: 'the line names no URL' }
  const target = targetOf(url)
  if (target === undefined) return { ok: false, problem: `${url} is not a URL` }
  const body = data.join('&')
  if (asQuery && body !== '') {
    const path = target + (target.includes('?') ? '&' : '?') + body
    return { ok: true, request: { method: method || 'GET', path, headers, body: '' } }
  }
  if (data.length > 0) headers['content-type'] ??= 'application/x-www-form-urlencoded'
  return { ok: true, request: { method: method || (data.length > 0 ? 'POST' : 'GET'), path: target, headers, body } }
}

/** `--request=POST` and `-XPOST` hold their value; undefined: the next word does. */
function split(word: string): [option: string, value: string | undefined] {
  const long = /^(--[\w-]+)=(.*)$/s.exec(word)
  if (long !== null) return [long[1]!, long[2]!]
  const short = /^(-[XHdAebuFom])(.+)$/s.exec(word)
  return short === null ? [word, undefined] : [short[1]!, short[2]!]
}

/** Words as a POSIX shell would cut them, `$'…'` of bash as well; undefined: a quotation is open. */
function wordsOf(line: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!
    if (char === '\\') {
      i += 1
      // A line that goes on.
      if (line[i] === '\r' && line[i + 1] === '\n') i += 1
      else if (line[i] !== '\n') word = (word ?? '') + (line[i] ?? '')
    } else if (char === "'" || (char === '$' && line[i + 1] === "'")) {
      const isAnsi = char === '$'
      const end = closing(line, i + (isAnsi ? 2 : 1), "'", isAnsi)
      if (end === undefined) return undefined
      const text = line.slice(i + (isAnsi ? 2 : 1), end)
      word = (word ?? '') + (isAnsi ? ansi(text) : text)
      i = end
    } else if (char === '"') {
      const end = closing(line, i + 1, '"', true)
      if (end === undefined) return undefined
      word = (word ?? '') + line.slice(i + 1, end).replace(/\\(["\\$`\n])/g, '$1')
      i = end
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + char
  }
  if (word !== undefined) words.push(word)
  return words
}

function closing(line: string, from: number, mark: string, escapes: boolean): number | undefined {
  for (let i = from; i < line.length; i++) {
    if (escapes && line[i] === '\\') i += 1
    else if (line[i] === mark) return i
  }
  return undefined
}

const ansiLetters: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

function ansi(text: string): string {
  return text.replace(/\\(u[0-9a-f]{4}|x[0-9a-f]{2}|.)/gis, (_all, code: string) =>
    code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (ansiLetters[code] ?? code),
  )
}

function addField(headers: Record<string, string>, line: string): void {
  const colon = line.indexOf(':')
  if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
}

function targetOf(url: string): string | undefined {
  // As it is written, without the encoding that URL would put on it.
  const found = /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^/?#\s]+([^#\s]*)/i.exec(url)
  if (url.startsWith('/')) return url.replace(/#.*$/, '')
  if (found === null) return undefined
  const rest = found[1]!
  return rest.startsWith('/') ? rest : `/${rest}`
}

function urlEncoded(text: string): string {
  const mark = text.indexOf('=')
  return mark < 0
    ? encodeURIComponent(text)
    : `${text.slice(0, mark + 1)}${encodeURIComponent(text.slice(mark + 1))}`.replace(/^=/, '')
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}
