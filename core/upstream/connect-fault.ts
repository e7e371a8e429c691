// thread: any
import type { FaultCode } from '../contract/faults.js'

/** What an error means that came before the connection stood. `tls`: it was to be encrypted. */
export function connectFault(error: NodeJS.ErrnoException | undefined, tls: boolean): FaultCode {
  switch (error?.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
    case 'EAI_NODATA':
      return 'CHAOS_ERR_UPSTREAM_DNS'
    case 'ETIMEDOUT':
      return 'CHAOS_ERR_UPSTREAM_CONNECT_TIMEOUT'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
    case 'EACCES':
    case 'EPERM':
      return 'CHAOS_ERR_UPSTREAM_UNREACHABLE'
    // Nothing that the upstream could help.
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOBUFS':
    case 'ENOMEM':
      return 'CHAOS_ERR_INTERNAL_NO_HANDLES'
    case 'ECONNREFUSED':
      return 'CHAOS_ERR_UPSTREAM_CONNECT_REFUSED'
    default:
      return tls ? 'CHAOS_ERR_UPSTREAM_TLS' : 'CHAOS_ERR_UPSTREAM_CONNECT_REFUSED'
  }
}

/** An alert of the peer that came after our side of the handshake was done (TLS 1.3: a client certificate is wanted). */
export function isTlsError(error: NodeJS.ErrnoException | undefined): boolean {
  return error?.code?.startsWith('ERR_SSL_') === true
}
