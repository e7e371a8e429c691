// thread: main
// A secret that stands in a file, as orchestrators hand them out: not in the environment, which crash reports and child
// processes see.
import { readFileSync } from 'node:fs'

const MAX_CHARS = 4096

export type SecretFile = { readonly secret: string } | { readonly problem: string }

/** The first line of the file. `problem` completes the sentence «CHAOS_X_FILE=… ». */
export function readSecretFile(path: string): SecretFile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return {
      problem: `cannot be read (${(error as NodeJS.ErrnoException).code ?? error}): give this user the right to`,
    }
  }
  const secret = text.split('\n', 1)[0]!.trim()
  if (secret === '') return { problem: 'is empty in its first line: write the secret there' }
  if (secret.length > MAX_CHARS) return { problem: `has more than ${MAX_CHARS} characters in its first line` }
  return { secret }
}
