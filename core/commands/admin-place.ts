// thread: any

/** `127.0.0.1:9090`, `http://[::1]:9090`; undefined: it is no address of an admin port. */
export function adminPlace(text: string): { host: string; port: number } | undefined {
  const address = text.includes('://') ? text : `http://${text}`
  if (!URL.canParse(address)) return undefined
  const { hostname, port, protocol } = new URL(address)
  if (protocol !== 'http:') return undefined
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 80 : Number(port) }
}
