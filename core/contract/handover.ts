// thread: any
// What an old and a new process of the proxy say to each other while the new one takes over.
import type { EdgeToMain, MainToEdge } from './messages.js'

/** What the edges want of main and only the process that owns the data may do. */
export type OwnersWork = Extract<
  EdgeToMain,
  { readonly kind: 'exchanges' | 'unshipped' | 'facts' | 'given' | JournalWork }
>

/** A client waits for these: the journal changes hands last, and shortly. */
type JournalWork = 'journal-append' | 'journal-withdraw' | 'journal-look'
const journalWork: ReadonlySet<OwnersWork['kind']> = new Set<JournalWork>([
  'journal-append',
  'journal-withdraw',
  'journal-look',
])

export function isJournalWork({ kind }: OwnersWork): boolean {
  return journalWork.has(kind)
}

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
  /** The memory is at rest: nobody else writes it. */
  | { readonly kind: 'yours' }
  /** So is the journal. */
  | { readonly kind: 'journal' }
  | ({ readonly kind: 'work' } & EdgeWork)

export type NewToOld =
  /** Settings and files are read; it waits for the data. */
  | { readonly kind: 'prepared' }
  /** What was learned is read; it waits for the journal. */
  | { readonly kind: 'opened' }
  /** It takes connections. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly because: string }
  | ({ readonly kind: 'reply' } & EdgeReply)
