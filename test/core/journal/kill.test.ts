// A real process, a real disk, a real SIGKILL: at steps by chance, again and again on the same folder.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { ReplayWrite } from '../../../core/contract/journal.js'
import { KeyedBackend } from '../../support/keyed-backend.js'
import { temporaryFolder } from '../../support/proxy.js'
import { seededRandom } from '../../support/random.js'

const program = fileURLToPath(new URL('../../support/journal-process.js', import.meta.url))
/** So many folders, and kills in each. */
const FOLDERS = 3
const KILLS = 8

type Told =
  | { readonly ask: number; readonly write: ReplayWrite }
  | { readonly acknowledged: string }
  /** A write that names what another one makes, by the body of that. */
  | { readonly built: string }
  | { readonly done: true; readonly steps: number }

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Resolves with its number of steps, 0 where it was killed. */
async function live(
  folder: string,
  killAt: number,
  name: string,
  backend: KeyedBackend,
  acknowledged: string[],
  built: string[] = [],
): Promise<number> {
  const child = fork(program, [folder, String(killAt), name], { serialization: 'advanced', execArgv: [] })
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

t.test('SIGKILL at any step: what was acknowledged is done, nothing is done twice, order is kept', async t => {
  const next = seededRandom(7)
  const steps = await live(temporaryFolder(), 0, 'whole', new KeyedBackend(), [])
  t.ok(steps > 50, `${steps} steps`)
  let killed = 0
  for (let i = 0; i < FOLDERS; i++) {
    const folder = temporaryFolder()
    const backend = new KeyedBackend()
    const acknowledged: string[] = []
    const built: string[] = []
    for (let life = 0; life < KILLS; life++) {
      const reached = await live(folder, 1 + Math.floor(next() * steps), `${i}-${life}`, backend, acknowledged, built)
      if (reached === 0) killed += 1
    }
    t.ok((await live(folder, 0, `${i}-last`, backend, acknowledged, built)) > 0)
    t.same(
      acknowledged.filter(body => !backend.done.includes(body)),
      [],
      'nothing is lost',
    )
    t.equal(new Set(backend.done).size, backend.done.length, 'nothing is done twice')
    t.same(
      built.filter(body => {
        const at = backend.done.indexOf(`${body} is ${backend.made.get(body)}`)
        return at < 0 || backend.targets[at] !== `/made/${backend.made.get(body)}`
      }),
      [],
      'what builds on something names it as it is named now',
    )
    t.notMatch(backend.targets.join(), /\/2\d{9}/, 'and nothing else was sent in its place')
    for (const place of [0, 1, 2]) {
      const isHere = (body: string): boolean => !body.startsWith('make') && body.length % 3 === place
      const here = backend.done.filter(body => acknowledged.includes(body) && isHere(body))
      t.same(here, acknowledged.filter(isHere), 'in the order in which they were acknowledged')
    }
  }
  t.ok(killed > FOLDERS * KILLS * 0.6, `${killed} were killed`)
})
