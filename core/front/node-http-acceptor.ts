// thread: main
// The node:http front runs one edge, which listens by itself; main only learns the port. (A listening descriptor cannot be
// shared by threads that may end one by one: closing it in one closes it in all.)
import type { Acceptor } from './acceptor.js'

export function openNodeHttpAcceptor(): Acceptor {
  let bound = 0
  return {
    add: descriptor => {
      bound = (descriptor as { port: number }).port
    },
    remove: () => {},
    listen: () => Promise.resolve(bound),
    stop: () => {},
  }
}
