// thread: main of a process that is no proxy
// A part that is examined in a process of its own: a binary that does not fit may end the process that loads it.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { SealingKeys } from '../../contract/sealing.js'

export const examinedParts = [
  'uWebSockets.js',
  'lmdb',
  'hnswlib-node',
  'DuckDB',
  'onnxruntime',
  'model',
  'memory',
  'Redis',
  'PostgreSQL',
] as const
export type ExaminedPart = (typeof examinedParts)[number]

/** What the other process needs to know. */
export interface ExaminationSettings {
  readonly maxHeaderBytes: number
  readonly modelDir: string
  /** Folder of the memory. */
  readonly memoryDir: string
  /** What it is encrypted with; undefined: it is not. */
  readonly memoryKeys: SealingKeys | undefined
  readonly redisUrl: string
  readonly redisPrefix: string
  readonly postgresUrl: string
}

/** `missing`: what it is not without harm. */
export type Examined =
  | { readonly kind: 'fine'; readonly says: string }
  /** It works, and could do more. */
  | { readonly kind: 'lacking'; readonly says: string; readonly remedy: string }
  | { readonly kind: 'failed'; readonly says: string; readonly remedy: string }

const program = fileURLToPath(new URL('../../examine.js', import.meta.url))

/** Never rejects. What the other process says by other ways than this one is thrown away. */
export function examine(part: ExaminedPart, settings: ExaminationSettings, waitMs: number): Promise<Examined> {
  return new Promise(done => {
    const child = fork(program, [part], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
      serialization: 'advanced',
    })
    const end = (examined: Examined): void => {
      clearTimeout(timer)
      child.removeAllListeners()
      // One that is killed while it is sent something says so.
      child.on('error', () => {})
      child.kill('SIGKILL')
      done(examined)
    }
    const remedy = 'install the packages anew for this system: npm ci'
    const timer = setTimeout(
      () => end({ kind: 'failed', says: `it did not answer within ${waitMs / 1000} s`, remedy }),
      waitMs,
    )
    child.once('message', message => end(message as Examined))
    child.once('error', error => end({ kind: 'failed', says: `it could not be tried (${error.message})`, remedy }))
    child.once('exit', (code, signal) =>
      end({
        kind: 'failed',
        says:
          signal === null ? `its process ended with ${code}` : `it ended the process (${signal}): not for this system`,
        remedy,
      }),
    )
    child.send(settings)
  })
}
