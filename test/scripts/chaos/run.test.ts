// One scenario as a user runs it, for a moment, so that it cannot rot.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const program = fileURLToPath(new URL('../../../scripts/chaos.js', import.meta.url))

async function run(args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', piece => {
    out += piece
  })
  child.stderr.on('data', piece => {
    err += piece
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

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
