// thread: main
// The edges of the strict front accept by themselves, from a socket that main binds for them.
import type { Acceptor } from '../acceptor.js'
import { bindShared } from './shared-listener.js'

export interface StrictAcceptor extends Acceptor {
  /** For the edges; undefined: only one edge can listen. */
  readonly sharedFd: number | undefined
}

/** Rejects with a sentence that says what to do where the address cannot be bound. */
export async function openStrictAcceptor(host: string, port: number): Promise<StrictAcceptor> {
  const bound = await bindShared(host, port)
  let alone = 0
  return {
    sharedFd: bound?.fd,
    add: descriptor => {
      alone = (descriptor as { port: number }).port
    },
    remove: () => {},
    listen: () => Promise.resolve(bound?.port ?? alone),
    stop: () => bound?.close(),
  }
}
