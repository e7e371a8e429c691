// A client made of a bare socket: what it sends is exactly what a case says.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Answer, type Answers, readAnswers } from './read-answers.js'

/** Nothing in these tests is meant to take this long: whoever waits for more was left waiting. */
export const GUARD_MS = 5000

export class RawClient {
  /** All that came, latin1. */
  text = ''
  /** The other side says nothing more. */
  ended = false
  closed = false
  wasReset = false
  /** Of the requests, in order, where they matter. */
  methods: string[] = []
  readonly socket: Socket
  readonly #heard = new Set<() => void>()

  private constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', bytes => {
      this.text += bytes.toString('latin1')
      this.#tell()
    })
    socket.on('end', () => {
      this.ended = true
      // Where data and a reset come together libuv tells of an orderly end; but then there is no peer any more. Node asks
      // for it on the first access, so this must stay the only one.
      this.wasReset ||= socket.remoteAddress === undefined
      this.#tell()
    })
    socket.on('error', error => {
      this.wasReset ||= (error as NodeJS.ErrnoException).code === 'ECONNRESET'
    })
    socket.on('close', () => {
      this.ended = true
      this.closed = true
      this.#tell()
    })
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes as string, 'latin1')
  }

  /** Each in a packet of its own, as far as that can be had. */
  async sendPieces(pieces: Iterable<string>): Promise<void> {
    for (const piece of pieces) {
      this.send(piece)
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  /** Says nothing more and still listens. */
  halfClose(): void {
    this.socket.end()
  }

  reset(): void {
    this.socket.resetAndDestroy()
  }

  leave(): void {
    this.socket.destroy()
  }

  read(): Answers {
    return readAnswers(this.text, this.methods, this.ended)
  }

  /** The first `count` answers, when they are whole; or all that came where the connection ended before. */
  async answers(count = 1): Promise<readonly Answer[]> {
    await this.until(() => this.ended || this.read().final.filter(answer => answer.complete).length >= count)
    return this.read().final
  }

  async answer(): Promise<Answer> {
    const [answer] = await this.answers()
    if (answer === undefined) throw new Error('the connection ended without an answer')
    return answer
  }

  /** The other side has ended the connection. */
  async end(): Promise<void> {
    await this.until(() => this.ended)
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#heard.delete(look)
        reject(new Error(`left waiting; so far came ${JSON.stringify(this.text.slice(0, 500))}`))
      }, GUARD_MS)
      const look = (): void => {
        let holds: boolean
        try {
          holds = condition()
        } catch (error) {
          this.#heard.delete(look)
          clearTimeout(timer)
          reject(error)
          return
        }
        if (!holds) return
        this.#heard.delete(look)
        clearTimeout(timer)
        resolve()
      }
      this.#heard.add(look)
      look()
    })
  }

  #tell(): void {
    for (const look of [...this.#heard]) look()
  }
}
