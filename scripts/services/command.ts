// One command that is run to its end, and what it said where it failed.
import { spawn } from 'node:child_process'

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

const LAST_WORDS = 400

/** Resolves with what the command printed; rejects with the command's name and its last words. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      timeout: options.timeoutMs,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    let all = ''
    child.stdout.on('data', chunk => {
      out += chunk
      all += chunk
    })
    child.stderr.on('data', chunk => (all += chunk))
    child.on('error', error => {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      reject(new Error(missing ? `\`${command}\` is not installed` : `\`${command}\`: ${error.message}`))
    })
    child.on('close', (code, signal) => {
      if (code === 0) resolve(out)
      else {
        const said = all.trim().slice(-LAST_WORDS)
        reject(
          new Error(`\`${command} ${args[0] ?? ''}\` ended with ${signal ?? code}${said === '' ? '' : `: ${said}`}`),
        )
      }
    })
  })
}
