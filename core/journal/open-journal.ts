// thread: main
// Puts the journal together: where there is one, its replays, and the memory by which edges see that writes wait.
import { existsSync } from 'node:fs'
import type { Clock } from '../clock/clock.js'
import type { ReplayOutcome, ReplayWrite } from '../contract/journal.js'
import type { SealingKeys } from '../contract/sealing.js'
import type { Log } from '../log/log.js'
import { openDisk } from './disk.js'
import { JournalGate } from './gate.js'
import { Journal } from './journal.js'
import { OwnWritesFeed, type OwnWritesParts } from './own-writes-feed.js'
import { Replayer } from './replayer.js'
import { JournalKeyError } from './sealed-record.js'

export interface OpenJournalOptions {
  readonly folder: string
  readonly maxBytes: number
  /** New writes are taken; looked at again whenever somebody asks. */
  readonly takes: boolean
  readonly allowed: () => number
  readonly send: (write: ReplayWrite) => Promise<ReplayOutcome>
  readonly clock: Clock
  readonly steady: Clock
  readonly log: Log
  readonly own: Omit<OwnWritesParts, 'setVersion' | 'clock'>
  /** What it is encrypted with; undefined: it is not. */
  readonly keys?: SealingKeys | undefined
}

export interface OpenJournal {
  /** Another one after `resume`. */
  readonly journal: Journal
  readonly own: OwnWritesFeed
  readonly gate: SharedArrayBuffer
  /** To be called again and again. */
  tick(): void
  /** Sends nothing any more. */
  stopReplays(): void
  /**
   * Resolves when nothing is being sent any more; writes are taken as ever. Rejects where one is still under way after
   * `withinMs`; then it goes on as before.
   */
  quiet(withinMs: number): Promise<void>
  /**
   * After `quiet`: resolves when nothing is written any more, so that another process may open it. Nothing may be called then
   * but `resume`.
   */
  rest(): Promise<void>
  /** Sends again; after `rest` it reads what is there by now. */
  resume(): Promise<void>
}

/**
 * Undefined where writes are refused and none waits from before: what was acknowledged is sent although the mode has been
 * changed since. Rejects with a sentence that says what to do.
 */
export async function openJournal(options: OpenJournalOptions): Promise<OpenJournal | undefined> {
  const { folder, maxBytes, allowed, send, clock, steady, log, keys } = options
  if (!options.takes && !existsSync(folder)) return undefined
  const memory = JournalGate.create()
  const gate = new JournalGate(memory)
  const own = new OwnWritesFeed({ ...options.own, setVersion: version => gate.setNewsVersion(version), clock })
  const openOne = async (): Promise<Journal> =>
    Journal.open({
      disk: await openDisk(folder),
      maxBytes,
      get takes() {
        return options.takes
      },
      clock,
      steady,
      log,
      onWaits: (place, by) => gate.count(place, by),
      own,
      keys,
    })
  const replaysOf = (of: Journal): Replayer =>
    new Replayer({ journal: of, allowed, send, steady, random: Math.random, log })
  try {
    let journal = await openOne()
    let replayer = replaysOf(journal)
    let isQuiet = false
    let rests = false
    return {
      get journal() {
        return journal
      },
      own,
      gate: memory,
      tick: () => {
        if (rests) return
        replayer.tick()
        own.tick()
        void journal.tidy()
      },
      stopReplays: () => replayer.stop(),
      quiet: async withinMs => {
        replayer.stop()
        isQuiet = await endsWithin(replayer.ended(), withinMs)
        if (isQuiet) return
        replayer = replaysOf(journal)
        throw new Error(`a journalled write was still being sent after ${withinMs} ms`)
      },
      rest: async () => {
        rests = true
        await journal.close()
      },
      resume: async () => {
        if (rests) {
          gate.clear()
          own.readAnew()
          journal = await openOne()
        }
        if (isQuiet) replayer = replaysOf(journal)
        rests = isQuiet = false
      },
    }
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    if (error instanceof JournalKeyError)
      throw new Error(
        `the journal in ${folder} cannot be read: ${because}; nothing in it was changed. If the key is lost, move the folder away (the writes in it are then not sent)`,
      )
    throw new Error(
      `the journal in ${folder} cannot be opened: ${because}; give this user the right to read and write there, or move the folder away (the writes in it are then not sent)`,
    )
  }
}

async function endsWithin(work: Promise<void>, withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>(resolve => {
    timer = setTimeout(() => resolve(false), withinMs)
  })
  const inTime = await Promise.race([work.then(() => true as const), late])
  clearTimeout(timer)
  return inTime
}
