// kill -9 of a journal at steps of its disk by chance, again and again on the same folder, while it takes writes and while it
// sends them to a backend that honours Idempotency-Key; then what was acknowledged is held against what was done.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ReplayWrite } from '../../../core/contract/journal.js'
import { KeyedBackend } from './keyed-backend.js'

export interface CrashRun {
  /** One journal each. */
  readonly folders: readonly string[]
  /** Processes that are to be killed, one after the other, in each. */
  readonly lives: number
  /** From 0 to below 1: at which step. */
  readonly random: () => number
  /** They are encrypted. */
  readonly sealed?: boolean
}

export interface CrashOutcome {
  /** Processes that were killed; the others had done all before. */
  readonly crashes: number
  /** Steps of the disk in a life that nobody ends. */
  readonly steps: number
  readonly acknowledged: number
  /** Acknowledged, and never done. */
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  /** Done before one that was acknowledged earlier at the same place. */
  readonly disordered: readonly string[]
  /** What builds on something that was made, and does not name it as it is named now. */
  readonly misnamed: readonly string[]
}

type Told =
  | { readonly ask: number; readonly write: ReplayWrite }
  | { readonly acknowledged: string }
  /** A write that names what another one makes, by the body of that. */
  | { readonly built: string }
  | { readonly done: true; readonly steps: number }

interface Journal {
  readonly folder: string
  readonly sealed: boolean
  readonly backend: KeyedBackend
  readonly acknowledged: string[]
  readonly built: string[]
}

const program = fileURLToPath(new URL('./journal-process.js', import.meta.url))
/** As journal-process.ts spreads its writes. */
const PLACES = 3

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** `spare`: for a life that is not ended, which tells how many steps there are. */
export async function crashJournals(
  { folders, lives, random, sealed = false }: CrashRun,
  spare: string,
): Promise<CrashOutcome> {
  const journals = folders.map(folder => journalIn(folder, sealed))
  const steps = await live(journalIn(spare, sealed), 0, 'whole')
  let crashes = 0
  for (const [i, journal] of journals.entries()) {
    for (let life = 0; life < lives; life++)
      if ((await live(journal, 1 + Math.floor(random() * steps), `${i}-${life}`)) === 0) crashes += 1
    await live(journal, 0, `${i}-last`)
  }
  const all = <T>(of: (journal: Journal) => readonly T[]): T[] => journals.flatMap(of)
  return {
    crashes,
    steps,
    acknowledged: all(({ acknowledged }) => acknowledged).length,
    lost: all(({ acknowledged, backend }) => acknowledged.filter(body => !backend.done.includes(body))),
    doubled: all(({ backend: { done } }) => done.filter((body, at) => done.indexOf(body) !== at)),
    disordered: all(disorderedIn),
    misnamed: all(misnamedIn),
  }
}

function journalIn(folder: string, sealed: boolean): Journal {
  return { folder, sealed, backend: new KeyedBackend(), acknowledged: [], built: [] }
}

/** Resolves with its number of steps, 0 where it was killed. */
async function live(journal: Journal, killAt: number, name: string): Promise<number> {
  const { folder, sealed, backend, acknowledged, built } = journal
  const child = fork(program, [folder, String(killAt), name, sealed ? 'sealed' : ''], {
    serialization: 'advanced',
    execArgv: [],
  })
  running.add(child)
  let steps = 0
  child.on('message', (told: Told) => {
    if ('acknowledged' in told) acknowledged.push(told.acknowledged)
    else if ('built' in told) built.push(told.built)
    else if ('done' in told) steps = told.steps
    else if (child.connected) child.send({ ask: told.ask, outcome: backend.send(told.write) }, () => {})
    else backend.send(told.write)
  })
  await Promise.all([once(child, 'exit'), once(child, 'disconnect')])
  running.delete(child)
  return steps
}

function disorderedIn({ backend, acknowledged }: Journal): string[] {
  const disordered: string[] = []
  for (let place = 0; place < PLACES; place++) {
    const isHere = (body: string): boolean => !body.startsWith('make') && body.length % PLACES === place
    const wanted = acknowledged.filter(isHere)
    const done = backend.done.filter(body => isHere(body) && wanted.includes(body))
    disordered.push(...done.filter((body, at) => body !== wanted[at]))
  }
  return disordered
}

function misnamedIn({ backend, built }: Journal): string[] {
  const misnamed = built.filter(body => {
    const id = backend.made.get(body)
    const at = backend.done.indexOf(`${body} is ${id}`)
    return at < 0 || backend.targets[at] !== `/made/${id}`
  })
  // Temporary numbers are from 2,000,000,000: no such thing is known to the backend.
  return [...misnamed, ...backend.targets.filter(target => /\/2\d{9}/.test(target))]
}
