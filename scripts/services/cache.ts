// What is installed once and used by every run: outside of the repository, and never half there.
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** `CHAOS_TEST_CACHE`, or `chaos-proxy` in the user's cache folder. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.CHAOS_TEST_CACHE) return resolve(env.CHAOS_TEST_CACHE)
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'chaos-proxy')
}

export function cached(name: string): string {
  return join(cacheFolder(), 'services', name)
}

/**
 * Makes the folder by `fill` where it is not there. It appears whole or not at all; where two do it at once, the first
 * one's stays.
 */
export async function fillOnce(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = cached(name)
  if (existsSync(folder)) return folder
  await mkdir(cached(''), { recursive: true })
  const partial = await mkdtemp(cached(`.partial-${name}-`))
  try {
    // Servers that run as another user must get in.
    await chmod(partial, 0o755)
    await fill(partial)
    await rename(partial, folder)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}
