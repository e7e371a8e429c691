// thread: main of a process that is no proxy
// The keys of credentials, as a copy of a memory takes them along: without them what was learned under credentials is not found.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const names = ['scope.key', 'scope.shared.key'] as const
const form = /^[\w-]{43}$/

/** By name of file; those that are not there are left out. */
export function readScopeKeys(dataDir: string): Record<string, string> {
  return Object.fromEntries(
    names
      .filter(name => existsSync(join(dataDir, name)))
      .map(name => [name, readFileSync(join(dataDir, name), 'utf8').trim()]),
  )
}

/** One that is another is moved aside, never overwritten. Answers with the names of those that were. */
export function putScopeKeys(dataDir: string, keys: Readonly<Record<string, string>>): string[] {
  const moved: string[] = []
  for (const name of names) {
    const key = keys[name]
    if (key === undefined || !form.test(key)) continue
    const file = join(dataDir, name)
    if (existsSync(file)) {
      if (readFileSync(file, 'utf8').trim() === key) continue
      let n = 1
      while (existsSync(`${file}.old-${n}`)) n += 1
      renameSync(file, `${file}.old-${n}`)
      moved.push(`${file}.old-${n}`)
    }
    writeFileSync(`${file}.new`, key, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
  return moved
}
