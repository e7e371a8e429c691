// thread: main
// The side of the new process: what it inherits, and what it says to the one that it follows.
import type { EdgeReply, EdgeWork, Inheritance, NewToOld, OldToNew } from '../contract/handover.js'

/** Not a setting: the old process sets it for the new one, and nobody else. */
export const INHERITANCE = 'CHAOSPROXY_INHERITANCE'

export class Predecessor {
  readonly inheritance: Inheritance
  readonly #process: NodeJS.Process
  #onGiven: (() => void) | undefined
  #onGone: ((error: Error) => void) | undefined
  #onWork: ((work: EdgeWork) => void) | undefined

  /** Undefined: this process follows no other. */
  static of(process: NodeJS.Process): Predecessor | undefined {
    const text = process.env[INHERITANCE]
    // Those that this one starts are not the old one's.
    delete process.env[INHERITANCE]
    return text === undefined || process.send === undefined
      ? undefined
      : new Predecessor(process, JSON.parse(text) as Inheritance)
  }

  private constructor(process: NodeJS.Process, inheritance: Inheritance) {
    this.#process = process
    this.inheritance = inheritance
    process.on('message', (message: OldToNew) => {
      if (message.kind === 'work') this.#onWork?.({ edge: message.edge, message: message.message })
      else this.#onGiven?.()
    })
    // While it waits for the data nothing else may keep this process alive.
    process.channel?.ref()
    process.on('disconnect', () => this.#onGone?.(new Error('the process that hands over ended in the middle of it')))
  }

  /** Resolves when the memory may be opened; rejects where the old process has gone before. */
  memory(): Promise<void> {
    return this.#given({ kind: 'prepared' })
  }

  /** The same for the journal, which the old process keeps until all else is here. */
  journal(): Promise<void> {
    return this.#given({ kind: 'opened' })
  }

  #given(waiting: NewToOld): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onGiven = resolve
      this.#onGone = reject
      this.#say(waiting)
    })
  }

  /** Connections are taken here; `onWork` hears what the edges of the old process still want. */
  ready(onWork: (work: EdgeWork) => void): void {
    this.#onWork = onWork
    this.#say({ kind: 'ready' })
  }

  reply(reply: EdgeReply): void {
    this.#say({ kind: 'reply', ...reply })
  }

  /** Resolves when it has been told. */
  failed(because: string): Promise<void> {
    return new Promise(resolve => {
      if (this.#process.connected) this.#process.send!({ kind: 'failed', because }, () => resolve())
      else resolve()
    })
  }

  #say(message: NewToOld): void {
    // The old process may end at any time; what it is told then is told to nobody.
    if (this.#process.connected) this.#process.send!(message, () => {})
  }
}
