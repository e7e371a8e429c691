// thread: any
// What an old and a new process of the proxy say to each other while the new one takes over.
import type { EdgeToMain, MainToEdge } from './messages.js'

/** What the edges want of main and only the process that owns the data may do. */
export type OwnersWork = Extract<
  EdgeToMain,
  {
    readonly kind:
      | 'exchanges'
      | 'unshipped'
      | 'facts'
      | 'given'
      | 'journal-append'
      | 'journal-withdraw'
      | 'journal-look'
  }
>

export interface EdgeWork {
  readonly edge: number
  readonly message: OwnersWork
}

export interface EdgeReply {
  readonly edge: number
  readonly message: MainToEdge
}

/** Sockets that the new process gets; numbers as they are in it. */
export interface Inheritance {
  readonly port: number
  /** Undefined: it listens beside the old one (SO_REUSEPORT), which then stops. */
  readonly listenFd: number | undefined
  readonly adminFd: number
  /** The memory is moved aside, and a new one begun. */
  readonly memoryIsDamaged: boolean
}

export type OldToNew =
  /** Memory and journal are at rest: nobody else writes them. */
  { readonly kind: 'yours' } | ({ readonly kind: 'work' } & EdgeWork)

export type NewToOld =
  /** Settings and files are read; it waits for the data. */
  | { readonly kind: 'prepared' }
  /** It takes connections. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly because: string }
  | ({ readonly kind: 'reply' } & EdgeReply)
