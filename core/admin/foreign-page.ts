// thread: main
// Does a page of another site ask? Browsers let every page send requests to this port, if not read the answers: what they
// say of themselves is checked here. Pure.

export interface PageHeaders {
  readonly host?: string | undefined
  readonly origin?: string | undefined
  readonly 'sec-fetch-site'?: string | string[] | undefined
  readonly 'sec-fetch-mode'?: string | string[] | undefined
}

/** Only what is not sent by a browser, or by a page of this very origin, is none. */
export function isForeignPage(headers: PageHeaders, method: string): boolean {
  const { origin, host } = headers
  if (origin !== undefined) return !isSameOrigin(origin, host)
  // https://www.w3.org/TR/fetch-metadata/: `none` is a person at the address bar; `same-site` may be another port.
  const site = headers['sec-fetch-site']
  if (site === undefined || site === 'same-origin' || site === 'none') return false
  // Somebody followed a link to a page of ours, and nobody but them sees it.
  return !(method === 'GET' && headers['sec-fetch-mode'] === 'navigate')
}

/** A browser says so of every change and every WebSocket (Fetch §3.1): who says nothing is none, and has no cookie of ours. */
export function isOwnPage({ origin, host }: PageHeaders): boolean {
  return origin !== undefined && isSameOrigin(origin, host)
}

/** Name and port; the scheme is that of whatever terminates TLS before this port. The name is ours, see host-check.ts. */
export function isSameOrigin(origin: string, host: string | undefined): boolean {
  if (host === undefined) return false
  try {
    const page = new URL(origin)
    return page.host === new URL(`${page.protocol}//${host}`).host
  } catch {
    return false
  }
}
