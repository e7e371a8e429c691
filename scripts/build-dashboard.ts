// Builds the dashboard with Vite, where it or what it is built with has changed since the last time.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const site = join(root, 'dist/dashboard/site')
const mark = join(root, 'dist/dashboard/built-from')

const from = fingerprint()
const isBuilt = existsSync(join(site, 'index.html')) && existsSync(mark) && readFileSync(mark, 'utf8') === from
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
/** Vite needs a newer Node than the proxy: there the proxy must still be built. */
const isTooOld = major < 20 || (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 12)
if (!isBuilt && isTooOld) {
  process.stderr.write(
    `the dashboard is not built: Vite needs Node 20.19, 22.12 or later, this is ${process.versions.node}; the admin API answers without it\n`,
  )
} else if (!isBuilt) {
  const manifest = createRequire(import.meta.url).resolve('vite/package.json')
  const vite = join(dirname(manifest), 'bin/vite.js')
  const { status } = spawnSync(process.execPath, [vite, 'build', 'dashboard', '--logLevel', 'warn'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) {
    process.stderr.write('the dashboard could not be built; the admin API answers without it\n')
    process.exit(1)
  }
  writeFileSync(mark, from)
}

/** Of all that the result follows from. */
function fingerprint(): string {
  const hash = createHash('sha256')
  const names = readdirSync(join(root, 'dashboard'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
  for (const path of [...names, join(root, 'core/contract/curl-line.ts'), join(root, 'package.json')])
    hash.update(path).update(readFileSync(path))
  return hash.digest('hex')
}
