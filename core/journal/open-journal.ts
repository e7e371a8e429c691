// thread: main
// Puts the journal together: where there is one, its replays, and the memory by which edges see that writes wait.
import { existsSync } from 'node:fs'
import type { Clock } from '../clock/clock.js'
import type { ReplayOutcome, ReplayWrite } from '../contract/journal.js'
import type { Log } from '../log/log.js'
import { openDisk } from './disk.js'
import { JournalGate } from './gate.js'
import { Journal } from './journal.js'
import { OwnWritesFeed, type OwnWritesParts } from './own-writes-feed.js'
import { Replayer } from './replayer.js'

export interface OpenJournalOptions {
  readonly folder: string
  readonly maxBytes: number
  /** New writes are taken. */
  readonly takes: boolean
  readonly allowed: () => number
  readonly send: (write: ReplayWrite) => Promise<ReplayOutcome>
  readonly clock: Clock
  readonly log: Log
  readonly own: Omit<OwnWritesParts, 'setVersion' | 'clock'>
}

export interface OpenJournal {
  readonly journal: Journal
  readonly own: OwnWritesFeed
  readonly gate: SharedArrayBuffer
  /** To be called again and again. */
  tick(): void
  /** Sends nothing any more. */
  stopReplays(): void
}

/**
 * Undefined where writes are refused and none waits from before: what was acknowledged is sent although the mode has been
 * changed since. Rejects with a sentence that says what to do.
 */
export async function openJournal(options: OpenJournalOptions): Promise<OpenJournal | undefined> {
  const { folder, maxBytes, takes, allowed, send, clock, log } = options
  if (!takes && !existsSync(folder)) return undefined
  const memory = JournalGate.create()
  const gate = new JournalGate(memory)
  const own = new OwnWritesFeed({ ...options.own, setVersion: version => gate.setNewsVersion(version), clock })
  try {
    const journal = await Journal.open({
      disk: await openDisk(folder),
      maxBytes,
      takes,
      clock,
      log,
      onWaits: (place, by) => gate.count(place, by),
      own,
    })
    const replayer = new Replayer({ journal, allowed, send, clock, random: Math.random, log })
    return {
      journal,
      own,
      gate: memory,
      tick: () => {
        replayer.tick()
        own.tick()
        void journal.tidy()
      },
      stopReplays: () => replayer.stop(),
    }
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    throw new Error(
      `the journal in ${folder} cannot be opened: ${because}; give this user the right to read and write there, or move the folder away (the writes in it are then not sent)`,
    )
  }
}
