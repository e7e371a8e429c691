// thread: edge
import type { FaultCode } from '../contract/faults.js'

/** What an error while connecting means. `tls`: the TCP connection stood already. */
export function connectFault(error: NodeJS.ErrnoException, tls: boolean): FaultCode {
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'CHAOS_ERR_UPSTREAM_DNS'
    case 'ETIMEDOUT':
      return 'CHAOS_ERR_UPSTREAM_CONNECT_TIMEOUT'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return 'CHAOS_ERR_UPSTREAM_UNREACHABLE'
    case 'ECONNREFUSED':
      return 'CHAOS_ERR_UPSTREAM_CONNECT_REFUSED'
    default:
      return tls ? 'CHAOS_ERR_UPSTREAM_TLS' : 'CHAOS_ERR_UPSTREAM_CONNECT_REFUSED'
  }
}
