// One keep-alive connection of a client: one request at a time. What goes wrong is an error that says how.
import { connect, type Socket } from 'node:net'
import { AnswerReader, type ReceivedAnswer } from './answer-reader.js'

interface Waiting {
  resolve(answer: ReceivedAnswer): void
  reject(error: Error): void
  readonly timer: NodeJS.Timeout
}

/** No promise is kept by waiting longer than this for an answer. */
export const HANG_MS = 15_000

export class Client {
  readonly #port: number
  #socket: Socket | undefined
  #reader = new AnswerReader()
  #waiting: Waiting | undefined

  constructor(port: number) {
    this.#port = port
  }

  ask(request: string): Promise<ReceivedAnswer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(new Error(`no answer in ${HANG_MS} ms`)), HANG_MS)
      this.#waiting = { resolve, reject, timer }
      this.#open().write(request, 'latin1')
    })
  }

  close(): void {
    this.#fail(new Error('closed by the client'))
  }

  #open(): Socket {
    if (this.#socket !== undefined) return this.#socket
    const socket = connect({ host: '127.0.0.1', port: this.#port, noDelay: true })
    this.#socket = socket
    this.#reader = new AnswerReader()
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#read(text))
    socket.on('error', error => {
      if (this.#socket === socket) this.#fail(error)
    })
    socket.on('close', () => {
      if (this.#socket === socket) this.#fail(new Error('the connection was closed before the answer'))
    })
    return socket
  }

  #read(text: string): void {
    try {
      this.#reader.add(text)
      const answer = this.#reader.next()
      if (answer === undefined) return
      if (this.#waiting === undefined) throw new Error('an answer that nobody asked for')
      const { resolve, timer } = this.#waiting
      this.#waiting = undefined
      clearTimeout(timer)
      if (answer.fields.get('connection') === 'close') this.#drop()
      resolve(answer)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #drop(): void {
    const socket = this.#socket
    this.#socket = undefined
    socket?.destroy()
  }

  #fail(error: Error): void {
    this.#drop()
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) return
    clearTimeout(waiting.timer)
    waiting.reject(error)
  }
}
