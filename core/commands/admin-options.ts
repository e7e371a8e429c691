// thread: main of a process that is no proxy
// Which proxy a command asks: the same options for all of them. Pure.
import type { AdminAddress } from './admin-client.js'

/** For parseArgs. */
export const adminOptions = { admin: { type: 'string' }, token: { type: 'string' } } as const

/** The lines of a help. */
export const adminUsage = `  --admin ADDRESS       host:port of the admin port (CHAOS_ADMIN_HOST and CHAOS_ADMIN_PORT, or 127.0.0.1:9090)
  --token TOKEN         of the admin port (CHAOS_ADMIN_TOKEN)`

export function adminAddressOf(
  { admin, token }: { readonly admin?: string | undefined; readonly token?: string | undefined },
  env: Readonly<Record<string, string | undefined>>,
): AdminAddress | { readonly problem: string } {
  const place = addressIn(admin ?? `${env.CHAOS_ADMIN_HOST || '127.0.0.1'}:${env.CHAOS_ADMIN_PORT || '9090'}`)
  if (place === undefined)
    return { problem: `--admin ${admin ?? ''} is no address such as 127.0.0.1:9090 or http://127.0.0.1:9090` }
  return { ...place, token: token ?? env.CHAOS_ADMIN_TOKEN ?? '' }
}

function addressIn(text: string): { host: string; port: number } | undefined {
  const address = text.includes('://') ? text : `http://${text}`
  if (!URL.canParse(address)) return undefined
  const { hostname, port, protocol } = new URL(address)
  if (protocol !== 'http:') return undefined
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 80 : Number(port) }
}
