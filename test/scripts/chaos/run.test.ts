// One scenario as a user runs it, for a moment, so that it cannot rot.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { heard } from '../../support/heard.js'

const program = fileURLToPath(new URL('../../../scripts/chaos.js', import.meta.url))

const run = (args: string[]) =>
  heard(spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })).ended

t.test('one scenario runs to its end, and fails nobody', async t => {
  const { out, err } = await run(['--only', 'restart', '--seconds', '1', '--connections', '8', '--json'])
  t.equal(err, '')
  const [scenario] = (JSON.parse(out) as { scenarios: Record<string, number>[] }).scenarios
  // How soon it recovers is no matter of a test on a busy machine; that it does is.
  t.match(scenario, { name: 'restart', failed: 0, 'unmarked-wrong': 0, wrong: 0, recoveryMs: Number })
  t.ok(scenario!.ghost! > 0 && scenario!.live! > 0)
})

t.test('what it does not know is said in one line', async t => {
  const { code, err } = await run(['--only', 'nothing'])
  t.equal(code, 1)
  t.match(err, /^chaos: there is no scenario nothing; there are kill, stop, [^\n]*\n$/)
})
