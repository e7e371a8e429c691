// Whether a server answers now, told by what it says first.
import { connect } from 'node:net'

const ANSWER_MS = 500

/** True where what comes first on a connection that begins with `greeting` is what it should be. Never rejects. */
export function answersWith(
  port: number,
  greeting: string | Buffer,
  isIt: (reply: Buffer) => boolean,
): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => socket.write(greeting))
    const end = (answers: boolean): void => {
      socket.destroy()
      resolve(answers)
    }
    socket.setTimeout(ANSWER_MS, () => end(false))
    socket.on('error', () => end(false))
    socket.on('close', () => end(false))
    socket.on('data', reply => end(isIt(reply)))
  })
}
