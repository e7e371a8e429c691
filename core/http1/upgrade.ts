// thread: any
import { listHas } from './fields.js'

/**
 * The request is the opening handshake of a WebSocket (RFC 6455 §4.2.1) and nothing else: with a body or another version it
 * is an ordinary request, for a server may ignore `Upgrade` (RFC 9110 §7.8) and two readings of one message may not be.
 */
export function asksForWebSocket(method: string, headers: readonly string[]): boolean {
  let upgrade = false
  let connection = false
  let version = false
  let keys = 0
  for (let i = 0; i < headers.length; i += 2) {
    const value = headers[i + 1]!
    switch (headers[i]) {
      case 'upgrade':
        upgrade ||= listHas(value, 'websocket')
        break
      case 'connection':
        connection ||= listHas(value, 'upgrade')
        break
      case 'sec-websocket-version':
        version ||= value === '13'
        break
      case 'sec-websocket-key':
        // §4.1: 16 octets in base64.
        keys += /^[A-Za-z0-9+/]{22}==$/.test(value) ? 1 : 2
        break
      case 'transfer-encoding':
        return false
      case 'content-length':
        if (value !== '0') return false
        break
    }
  }
  return method === 'GET' && upgrade && connection && version && keys === 1
}
