// Preloaded into a proxy (`--import`): a Node that keeps the handles of accepted and of connecting sockets to itself. Its own
// code finds them where they always were; any other code finds nothing there.
import { writeSync } from 'node:fs'
import { Server, Socket } from 'node:net'

const usual = Object.getOwnPropertyDescriptor(Socket.prototype, '_handle')!
let told = false

/** Line 3 of a stack: who has asked the accessor. */
function askedByNode(): boolean {
  return /\(?node:/.test(new Error().stack?.split('\n')[3] ?? '')
}

function hideHandle(socket: Socket): void {
  Object.defineProperty(socket, '_handle', {
    configurable: true,
    get() {
      if (askedByNode()) return usual.get!.call(socket)
      if (!told) writeSync(2, 'asked for the handle of a socket in vain\n')
      told = true
      return undefined
    },
    set(handle: unknown) {
      if (!askedByNode()) throw new Error('only Node sets the handle of a socket')
      usual.set!.call(socket, handle)
    },
  })
}

const { emit } = Server.prototype
Server.prototype.emit = function (this: Server, event: string, ...told: unknown[]) {
  if (event === 'connection' && told[0] instanceof Socket) hideHandle(told[0])
  return (emit as (event: string, ...told: unknown[]) => boolean).call(this, event, ...told)
} as typeof emit

const { connect } = Socket.prototype
Socket.prototype.connect = function (this: Socket, ...how: unknown[]) {
  hideHandle(this)
  return (connect as (...how: unknown[]) => Socket).call(this, ...how)
} as typeof connect
