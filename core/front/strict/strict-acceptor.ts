// thread: main
// The edges of the strict front accept by themselves, from a socket that main binds for them.
import type { Acceptor } from '../acceptor.js'
import { type Bound, bindShared, inheritShared } from './shared-listener.js'

export interface StrictAcceptor extends Acceptor {
  /** For the edges; undefined: only one edge can listen. */
  readonly sharedFd: number | undefined
}

/**
 * Rejects with a sentence that says what to do where the address cannot be bound. `inheritedFd`: a socket that is bound
 * already.
 */
export async function openStrictAcceptor(host: string, port: number, inheritedFd?: number): Promise<StrictAcceptor> {
  const bound: (Bound & { close(): void }) | undefined =
    inheritedFd === undefined ? await bindShared(host, port) : inheritShared(inheritedFd)
  let alone = 0
  return {
    sharedFd: bound?.fd,
    add: descriptor => {
      alone = (descriptor as { port: number }).port
    },
    remove: () => {},
    listen: () => Promise.resolve(bound?.port ?? alone),
    stop: () => bound?.close(),
    // The socket lives on in the other process, and with it all that waits there.
    leave: async () => bound?.close(),
  }
}
