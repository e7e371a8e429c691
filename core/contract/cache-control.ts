// thread: any
// RFC 9111 §5.2 read once, for learning and for answering.

/**
 * Which caching rules ghosts keep, see CHAOS_GHOST_HONOUR. `no-store`: that one. `rfc9111`: all of a shared cache.
 * `ignore-no-store`: not even that one where the request carried credentials; what is kept then is for these alone.
 */
export const honours = ['no-store', 'rfc9111', 'ignore-no-store'] as const
export type Honour = (typeof honours)[number]

export interface CacheControl {
  has(directive: string): boolean
  /** Seconds of a directive such as max-age, or undefined. */
  seconds(directive: string): number | undefined
}

const none: CacheControl = { has: () => false, seconds: () => undefined }

/** Unknown and malformed directives are ignored. */
function parseCacheControl(value: string | undefined): CacheControl {
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

/**
 * What all field lines of that name say together (RFC 9110 §5.3): some frameworks say `private` in one and `no-store` in another.
 * `headers`: flat, names in lower case.
 */
export function cacheControlOf(headers: readonly string[]): CacheControl {
  let all: string | undefined
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === 'cache-control') all = all === undefined ? headers[i + 1] : `${all},${headers[i + 1]}`
  return parseCacheControl(all)
}

/** An answer with these fields says `no-store`. What is kept of it all the same does not leave this instance. */
export function saysNoStore(headers: readonly string[]): boolean {
  return cacheControlOf(headers).has('no-store')
}

/** RFC 5861 §4: how long an answer may be served beyond its freshness where the origin fails, or undefined. */
export function ageLimitS(control: CacheControl): number | undefined {
  return control.seconds('stale-if-error')
}
