// Holds connections that were asked one thing and then nothing more, in a process of its own: files are counted by process.
import { connect, type Socket } from 'node:net'
import { AnswerReader } from './answer-reader.js'

export interface IdleOrder {
  readonly host: string
  readonly port: number
  readonly connections: number
  readonly path: string
}

export interface IdleReply {
  /** Open after all were answered. */
  readonly open: number
}

const AT_ONCE = 100

process.once('message', async (order: IdleOrder) => {
  const sockets: Socket[] = []
  let waiting = order.connections
  const opener = async (): Promise<void> => {
    while (waiting-- > 0) {
      const socket = await openIdle(order)
      if (socket !== undefined) sockets.push(socket)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, opener))
  const reply: IdleReply = { open: sockets.filter(socket => !socket.destroyed).length }
  process.send!(reply)
})
process.on('disconnect', () => process.exit(0))

/** undefined where it broke before its answer was complete. */
function openIdle({ host, port, path }: IdleOrder): Promise<Socket | undefined> {
  const reader = new AnswerReader()
  const socket = connect(port, host)
  return new Promise(resolve => {
    socket.on('error', () => {})
    socket.on('close', () => resolve(undefined))
    socket.on('data', chunk => {
      if (reader.read(chunk) === 200) resolve(socket)
    })
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`)
  })
}
