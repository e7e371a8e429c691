// thread: main
// Does an upstream accept connections? No request is sent: for one that is down, this is the gentlest question there is.
import { connect } from 'node:net'
import type { UpstreamAddress } from './address.js'

/** Never rejects. */
export function knock({ host, port }: UpstreamAddress, waitMs: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    const end = (accepted: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(accepted)
    }
    const timer = setTimeout(() => end(false), waitMs)
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}
