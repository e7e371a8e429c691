// thread: main
// Brings the embedding model in the background, in a process of its own: loading it to try it takes memory and seconds
// that the proxy has better use for.
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Log } from '../log/log.js'

export interface ModelFetch {
  /** Resolves true when the model has come; false when it did not, which is in the log. */
  readonly arrived: Promise<boolean>
  stop(): void
}

const program = fileURLToPath(new URL('../../scripts/fetch-model.js', import.meta.url))

export function startModelFetch(modelDir: string, log: Log): ModelFetch {
  const child: ChildProcess = spawn(process.execPath, [program], {
    env: { ...process.env, CHAOS_MODEL_DIR: modelDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-2000)
    })
  }
  const arrived = new Promise<boolean>(resolve => {
    child.once('error', error => {
      log.warn({ err: error }, 'the program that fetches the embedding model could not be started')
      resolve(false)
    })
    child.once('close', (code, signal) => {
      const reason = said.trim().split('\n').at(-1) ?? ''
      if (code === 0) log.info({ modelDir, reason }, 'the embedding model is there')
      else if (signal === null)
        log.warn({ modelDir, reason }, 'the embedding model could not be fetched; `npm run fetch-model` tries again')
      resolve(code === 0)
    })
  })
  return { arrived, stop: () => child.kill() }
}
