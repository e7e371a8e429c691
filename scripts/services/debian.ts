// Packages of the Debian mirror that this machine already uses, also of another release. The machine's own package lists
// stay as they are.
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from './command.js'

const SOURCES = '/etc/apt/sources.list.d'
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const APT_MS = 300_000

/** The mirror as the machine's own sources name it; rejects where there is none. */
export async function debianMirror(): Promise<string> {
  const files: string[] = ['/etc/apt/sources.list']
  if (existsSync(SOURCES)) {
    for (const name of await readdir(SOURCES)) if (/\.(list|sources)$/.test(name)) files.push(join(SOURCES, name))
  }
  for (const file of files) {
    const text = existsSync(file) ? await readFile(file, 'utf8') : ''
    const mirror = mirrorIn(text)
    if (mirror !== undefined) return mirror
  }
  throw new Error('no Debian mirror in the sources of apt')
}

/** Both forms of sources; security mirrors hold other releases under other names and are passed over. */
export function mirrorIn(text: string): string | undefined {
  const named = [...text.matchAll(/^(?:URIs:\s*|deb\s+(?:\[[^\]]*\]\s*)?)(\S+)/gm)].map(([, url]) => url!)
  return named.find(url => /\/debian\/?$/.test(url))
}

/** Unpacks the packages into the folder, without installing them. */
export async function unpackFrom(suite: string, packages: readonly string[], folder: string): Promise<void> {
  const apt = join(folder, '.apt')
  await mkdir(join(apt, 'lists', 'partial'), { recursive: true })
  await mkdir(join(apt, 'cache', 'archives', 'partial'), { recursive: true })
  const list = join(apt, 'sources.list')
  await writeFile(list, `deb [signed-by=${KEYRING}] ${await debianMirror()} ${suite} main\n`)
  const own = [
    `Dir::Etc::SourceList=${list}`,
    'Dir::Etc::SourceParts=/dev/null',
    `Dir::State::Lists=${join(apt, 'lists')}`,
    `Dir::Cache=${join(apt, 'cache')}`,
    'APT::Sandbox::User=root',
  ].flatMap(option => ['-o', option])
  await runCommand('apt-get', [...own, '-q', 'update'], { cwd: apt, timeoutMs: APT_MS })
  await runCommand('apt-get', [...own, '-q', 'download', ...packages], { cwd: apt, timeoutMs: APT_MS })
  for (const name of await readdir(apt)) {
    if (name.endsWith('.deb')) await runCommand('dpkg-deb', ['-x', join(apt, name), folder])
  }
}

/** Installs on the machine; only root can. */
export async function aptInstall(packages: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error(`only root can install ${packages.join(' ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const install = ['-q', '-y', '--no-install-recommends', 'install', ...packages]
  try {
    await runCommand('apt-get', install, { env, timeoutMs: APT_MS })
  } catch {
    // The lists may be old, or not there yet.
    await runCommand('apt-get', ['-q', 'update'], { timeoutMs: APT_MS })
    await runCommand('apt-get', install, { env, timeoutMs: APT_MS })
  }
}
