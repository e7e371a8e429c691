// thread: main
// Who may use the admin port.
import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'

/**
 * False for a Host that is a foreign name: a web page could have pointed its own name at this machine to reach the port
 * through somebody's browser (DNS rebinding). An address cannot be rebound, so every address is fine.
 */
export function isOwnHost(hostField: string, configuredHost: string): boolean {
  const name = hostName(hostField)
  if (name === undefined) return false
  return (
    isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost') || name === configuredHost.toLowerCase()
  )
}

/** `[::1]:9090` → `::1`, `Example.org:80` → `example.org`; undefined where it is neither. */
function hostName(hostField: string): string | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/@[\]]+))(?::\d{1,5})?$/.exec(hostField)
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '')
}

/** RFC 6750 §2.1. Takes the same time wherever the difference is. */
export function hasToken(authorization: string | undefined, token: string): boolean {
  const given = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
  return given !== undefined && timingSafeEqual(digest(given), digest(token))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
