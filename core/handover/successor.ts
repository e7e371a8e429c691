// thread: main
// The side of the old process: starts the new one, waits for its steps, and hands it what is still to be done.
import { type ChildProcess, spawn } from 'node:child_process'
import type { EdgeReply, EdgeWork, Inheritance, NewToOld, OldToNew } from '../contract/handover.js'
import { INHERITANCE } from './predecessor.js'

/** Where the sockets stand in the new process, behind stdin, stdout, stderr and the channel. */
const LISTEN_FD = 4
const ADMIN_FD = 5

/** What it inherits; numbers of sockets are those of this process. */
export interface Estate {
  readonly port: number
  /** Undefined: it cannot be inherited. */
  readonly listenFd: number | undefined
  readonly adminFd: number
  readonly memoryIsDamaged: boolean
}

/** How a process like this one is started. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

type Step = 'prepared' | 'opened' | 'ready'

export class Successor {
  readonly #child: ChildProcess
  readonly #onReply: (reply: EdgeReply) => void
  readonly #reached = new Set<Step>()
  #waiting: { readonly step: Step; readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined
  #failure: Error | undefined

  constructor(command: Command, estate: Estate, onReply: (reply: EdgeReply) => void) {
    this.#onReply = onReply
    const { port, listenFd, adminFd, memoryIsDamaged } = estate
    const inheritance: Inheritance = {
      port,
      listenFd: listenFd === undefined ? undefined : LISTEN_FD,
      adminFd: ADMIN_FD,
      memoryIsDamaged,
    }
    this.#child = spawn(command.program, command.args, {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc', listenFd ?? 'ignore', adminFd],
      serialization: 'advanced',
      env: { ...command.env, [INHERITANCE]: JSON.stringify(inheritance) },
    })
    this.#child.on('message', (message: NewToOld) => this.#heard(message))
    this.#child.on('error', error => this.#fail(error.message))
    this.#child.on('exit', (code, signal) =>
      this.#fail(signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`),
    )
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Resolves when it waits for the memory; rejects with why it never will. */
  prepared(withinMs: number): Promise<void> {
    return this.#until('prepared', withinMs)
  }

  /** Resolves when it waits for the journal. The memory must be at rest. */
  opened(withinMs: number): Promise<void> {
    this.#say({ kind: 'yours' })
    return this.#until('opened', withinMs)
  }

  /** Resolves when it takes connections. The journal must be at rest. */
  takeOver(withinMs: number): Promise<void> {
    this.#say({ kind: 'journal' })
    return this.#until('ready', withinMs)
  }

  give(work: EdgeWork): void {
    this.#say({ kind: 'work', ...work })
  }

  /** It is on its own. Resolves when it has been told all that it was to be told. */
  leave(): Promise<void> {
    return new Promise(resolve => {
      if (!this.#child.connected) {
        resolve()
        return
      }
      this.#child.once('disconnect', () => resolve())
      this.#child.disconnect()
    })
  }

  /** Resolves when it is gone: it must not have the data open any more. */
  end(): Promise<void> {
    const child = this.#child
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
    return new Promise(resolve => {
      child.once('exit', () => resolve())
      child.kill('SIGKILL')
    })
  }

  #until(step: Step, withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure)
      else if (this.#reached.has(step)) resolve()
      else {
        const timer = setTimeout(() => this.#fail(`it was not ${step} after ${withinMs} ms`), withinMs)
        const done = (end: () => void): void => {
          clearTimeout(timer)
          this.#waiting = undefined
          end()
        }
        this.#waiting = { step, resolve: () => done(resolve), reject: error => done(() => reject(error)) }
      }
    })
  }

  #heard(message: NewToOld): void {
    switch (message.kind) {
      case 'prepared':
      case 'opened':
      case 'ready':
        this.#reached.add(message.kind)
        if (this.#waiting?.step === message.kind) this.#waiting.resolve()
        break
      case 'failed':
        this.#fail(message.because)
        break
      case 'reply':
        this.#onReply({ edge: message.edge, message: message.message })
        break
    }
  }

  /** The first reason is the one that tells. */
  #fail(because: string): void {
    this.#failure ??= new Error(because)
    this.#waiting?.reject(this.#failure)
  }

  #say(message: OldToNew): void {
    if (this.#child.connected) this.#child.send(message, () => {})
  }
}
