// thread: main
import { isIP } from 'node:net'

/**
 * Is this a Host that names us? A page of another site can make a browser ask any address it likes, but under its own
 * name (DNS rebinding): names other than ours are refused. Addresses cannot be rebound.
 */
export function isOwnHost(host: string | undefined, ownNames: readonly string[]): boolean {
  if (host === undefined || host === '') return false
  const name = host
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase()
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    ownNames.some(own => own.toLowerCase() === name) ||
    isIP(name) !== 0
  )
}
