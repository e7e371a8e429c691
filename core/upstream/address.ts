// thread: any

/** One upstream, as the settings name it. */
export interface UpstreamAddress {
  /** As it was written, for people. */
  readonly url: string
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** Host field: name and, where it is not the default one, port. */
  readonly authority: string
  /** '' or `/api`, without a slash at the end. */
  readonly pathPrefix: string
  /** Whom the certificate must name, where `host` is the address that this name stood for. */
  readonly serverName?: string
}

/** `text` was checked when the settings were read: an http or https URL. */
export function parseUpstream(text: string): UpstreamAddress {
  const url = new URL(text)
  const tls = url.protocol === 'https:'
  return {
    url: text,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (tls ? 443 : 80) : Number(url.port),
    tls,
    authority: url.host,
    pathPrefix: url.pathname.replace(/\/+$/, ''),
  }
}
