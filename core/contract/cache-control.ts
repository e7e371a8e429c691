// thread: any
// RFC 9111 §5.2 read once, for learning and for answering.

export interface CacheControl {
  has(directive: string): boolean
  /** Seconds of a directive such as max-age, or undefined. */
  seconds(directive: string): number | undefined
}

const none: CacheControl = { has: () => false, seconds: () => undefined }

/** Unknown and malformed directives are ignored. */
export function parseCacheControl(value: string | undefined): CacheControl {
  if (value === undefined || value === '') return none
  const directives = new Map<string, string>()
  for (const element of value.split(',')) {
    const mark = element.indexOf('=')
    const name = (mark < 0 ? element : element.slice(0, mark)).trim().toLowerCase()
    if (name !== '')
      directives.set(
        name,
        mark < 0
          ? ''
          : element
              .slice(mark + 1)
              .trim()
              .replace(/^"|"$/g, ''),
      )
  }
  return {
    has: directive => directives.has(directive),
    seconds: directive => {
      const text = directives.get(directive)
      return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
    },
  }
}

/** RFC 5861 §4: how long an answer may be served beyond its freshness where the origin fails, or undefined. */
export function ageLimitS(control: CacheControl): number | undefined {
  return control.seconds('stale-if-error')
}
