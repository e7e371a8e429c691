// thread: any
// The only file that knows pino. One JSON object a line, on standard output.
import { pino } from 'pino'

export const logLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof logLevels)[number]

/** Facts first, then a sentence. Errors go under `err`. */
export interface Log {
  error(facts: object, sentence: string): void
  warn(facts: object, sentence: string): void
  info(facts: object, sentence: string): void
  debug(facts: object, sentence: string): void
}

/** Lines of facts alone, many a second. Nobody ever waits for them to be written. */
export interface Lines {
  write(facts: object): void
  /** What is kept is written soon. */
  flush(): void
  /** Writes what is kept and takes no more. Resolves after `withinMs` at the latest: a stuck destination loses lines. */
  close(withinMs: number): Promise<void>
}

export function openLog(level: LogLevel): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ fd: 1, sync: true }))
}

/** PIPE_BUF of Linux: up to here a write to a pipe is never mixed with those of other threads (POSIX write()). */
const WRITE_BYTES = 4096
/** Lines are kept up to here where the destination does not take them; further ones are dropped. */
const KEPT_BYTES = 4 << 20

/**
 * `to`: a file descriptor or a path. `onDrop`: a line was lost, because the destination does not keep up or does not take
 * it. Keeps lines together up to 4 KiB: call `flush` now and then.
 */
export function openLines(to: number | string, onDrop: () => void): Lines {
  const destination = pino.destination({
    dest: to,
    sync: false,
    minLength: WRITE_BYTES - 96,
    maxWrite: WRITE_BYTES,
    maxLength: KEPT_BYTES,
  })
  destination.on('drop', onDrop)
  // A full disk costs lines, never an edge.
  destination.on('error', onDrop)
  const lines = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination)
  let closed = false
  return {
    write: facts => {
      if (!closed) lines.info(facts, 'request')
    },
    flush: () => {
      if (!closed) destination.flush()
    },
    close: withinMs =>
      new Promise(resolve => {
        closed = true
        // Not flushSync: where the destination takes nothing it would try for ever.
        const timer = setTimeout(() => destination.destroy(), withinMs)
        destination.once('close', () => {
          clearTimeout(timer)
          resolve()
        })
        destination.end()
      }),
  }
}

/** For tests and for parts that must not speak. */
export const silentLog: Log = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} }
