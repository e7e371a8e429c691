// thread: any
// A request as a `curl` line that can be pasted into bash or zsh and does nothing but send it. See curl-line.ts for the way back.

export interface WrittenRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** Flat. */
  readonly headers: readonly string[]
  /** '' for none. */
  readonly body: string
}

/** `origin`: `http://localhost:8080`. */
export function curlOf({ method, target, headers, body }: WrittenRequest, origin: string): string {
  // Neither brackets nor dots in the path mean anything to curl.
  const words = ['curl', '--globoff', '--path-as-is', quoted(origin + target)]
  if (method === 'HEAD') words.push('--head')
  else if (method !== 'GET' || body !== '') words.push('-X', quoted(method))
  for (let i = 0; i < headers.length; i += 2) words.push('-H', quoted(`${headers[i]}: ${headers[i + 1]}`))
  if (body !== '') words.push('--data-raw', quoted(body))
  return words.join(' ')
}

/** Control characters would act on the terminal into which the line is pasted: they are spelled. */
function quoted(text: string): string {
  if (/^[\w./:-]+$/.test(text)) return text
  if (!hasControls(text)) return `'${text.replaceAll("'", `'\\''`)}'`
  let ansi = ''
  for (const character of text)
    ansi +=
      character === '\\' || character === "'"
        ? `\\${character}`
        : character === '\n'
          ? '\\n'
          : hasControls(character)
            ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
            : character
  return `$'${ansi}'`
}

/** C0, DEL and C1 (Unicode, category Cc). */
function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text)
}
