// Plays one backend: harness/run.py trains the proxy, kills the backend, asks and scores; what it wrote is read here.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Honour } from '../../core/contract/cache-control.js'
import { freePort } from '../../scripts/services/free-port.js'
import { keep } from '../processes.js'
import { type Answer, readAnswers } from './answers.js'
import { failureOf } from './failure.js'
import type { BackendRun, BeforeTheKill, PeerScore, Training } from './results.js'

/** The sources, not what was compiled of them: the harness is Python. */
const home = fileURLToPath(new URL('../../../bench/fidelity/', import.meta.url))
const program = fileURLToPath(new URL('../../core/main.js', import.meta.url))
const settler = fileURLToPath(new URL('./settle-process.js', import.meta.url))
const OWN_NAME = 'chaos-proxy'

export interface RunnerOptions {
  /** Of the backends; undefined: those of the repository. */
  readonly dir: string | undefined
  /** Where the harness writes its results, one file a backend. */
  readonly results: string
  /** For one run: what the hook says. */
  readonly folder: string
  readonly minConfidence: number | undefined
  /** CHAOS_GHOST_HONOUR; undefined: its default. */
  readonly honour: Honour | undefined
  readonly environment: NodeJS.ProcessEnv
  /** The last so many training requests are asked in the outage instead of the tests; undefined: the tests are. */
  readonly heldBack?: number
}

export function backendsIn(dir: string | undefined): string[] {
  const folder = folderOf(dir)
  const names = existsSync(folder)
    ? readdirSync(folder).filter(name => existsSync(join(folder, name, 'backend.json')))
    : []
  if (names.length === 0) throw new Error(`${folder} holds no backend: a folder with a backend.json`)
  return names.sort()
}

/** Rejects with the reason where python3, the backend or the proxy did not play. */
export async function runBackend(backend: string, options: RunnerOptions): Promise<BackendRun> {
  const { folder, results, minConfidence, honour, environment, heldBack } = options
  const [port, upstreamPort, adminPort] = [await freePort(), await freePort(), await freePort()]
  const before = join(folder, `${backend}.before-the-kill.json`)
  const proxy = [
    ...[process.execPath, program, 'start', '--upstream', '{upstream}', '--port', '{port}', '--data-dir', '{work}'],
    ...['--admin-port', String(adminPort)],
    ...(minConfidence === undefined ? [] : ['--ghost-min-confidence', String(minConfidence)]),
    ...(honour === undefined ? [] : ['--ghost-honour', honour]),
  ]
  const args = [
    ...[join(home, 'harness', 'run.py'), 'score', '--backend', relativeName(backend, options.dir), '--name', OWN_NAME],
    ...['--proxy-cmd', shell(proxy), '--port', String(port), '--upstream-port', String(upstreamPort)],
    ...['--settle-cmd', shell([process.execPath, settler, `http://127.0.0.1:${adminPort}`, before]), '--settle-s', '0'],
    ...['--mark-header', 'x-ghost', '--keep-answers'],
    ...(heldBack === undefined ? [] : ['--held-back', String(heldBack)]),
  ]
  // A process group of its own: Ctrl-C reaches the harness once, through clean-up, and it ends what it started.
  const harness = spawn('python3', args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    env: { ...environment, FID_RESULTS: results, PYTHONDONTWRITEBYTECODE: '1' },
  })
  keep(harness, 'SIGINT')
  let said = ''
  harness.stderr.on('data', (chunk: Buffer) => {
    said += chunk
  })
  const [code] = (await once(harness, 'close').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT'
      ? new Error('python3 is not installed: the fidelity runner needs Python 3.11 or later')
      : error
  })) as [number | null]
  if (code !== 0) throw new Error(failureOf(said, code, readWhereThere))
  return {
    backend,
    training: trainingIn(backend, options),
    before: JSON.parse(readFileSync(before, 'utf8')) as BeforeTheKill,
    answers: keptAnswers(backend, options),
  }
}

/** What the last run kept. */
export function keptAnswers(backend: string, { dir, results }: Pick<RunnerOptions, 'dir' | 'results'>): Answer[] {
  const file = resultFile(backend, dir, results, '.answers.jsonl')
  if (!existsSync(file)) throw new Error(`${file} is not there: run with --keep-answers first, or leave out --kept`)
  return readAnswers(readFileSync(file, 'utf8'))
}

export function peerScores(): PeerScore[] {
  return JSON.parse(readFileSync(join(home, 'peers.json'), 'utf8')) as PeerScore[]
}

function trainingIn(backend: string, { dir, results }: RunnerOptions): Training {
  // Python writes NaN, which is not JSON, where a share is of nothing.
  const text = readFileSync(resultFile(backend, dir, results, '.json'), 'utf8').replaceAll(/: NaN\b/g, ': null')
  const { train } = JSON.parse(text) as { train: { n: number; status_same: number; body_same: number } }
  return { requests: train.n, sameStatus: train.status_same / 100, sameBody: train.body_same / 100 }
}

/** The harness takes backends by their path from its own root and names its files after that. */
function relativeName(backend: string, dir: string | undefined): string {
  return relative(home, join(folderOf(dir), backend))
    .split(sep)
    .join('/')
}

function resultFile(backend: string, dir: string | undefined, results: string, ending: string): string {
  return join(results, OWN_NAME, `${relativeName(backend, dir).replaceAll('/', '__')}${ending}`)
}

function folderOf(dir: string | undefined): string {
  return dir === undefined ? join(home, 'open') : resolve(dir)
}

function readWhereThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function shell(words: readonly string[]): string {
  return words.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
}
