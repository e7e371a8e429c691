// thread: main of a process of its own, for a moment
// Gives the listening socket that it inherited back to its parent: what arrives there is a descriptor of the parent's own.
// It never listens itself, so that no connection is lost with it.
import { Socket } from 'node:net'

const INHERITED = 4

const held = new Socket({ fd: INHERITED, readable: false, writable: false })
const { _handle: handle } = held as unknown as { _handle: object }
process.send!({}, handle as never, {}, () => process.disconnect())
