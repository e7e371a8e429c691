import { spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import t from 'tap'
import { mapOnlyOwnErrors } from '../../../core/log/stack-traces.js'

const written = new URL('../../../core/log/stack-traces.js', import.meta.url).href

/** What a process of its own says, with source maps on or not. */
function run(code: string, ...flags: string[]): string {
  const script = `import { mapOnlyOwnErrors } from ${JSON.stringify(written)}\nmapOnlyOwnErrors()\n${code}`
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  return stdout + stderr
}

t.test('an error of the system says what failed, and nobody looks for where', async t => {
  const { prepareStackTrace } = Error
  t.teardown(() => {
    Error.prepareStackTrace = prepareStackTrace
  })
  mapOnlyOwnErrors()
  const error = await new Promise<Error>(resolve => connect(1, '127.0.0.1').once('error', resolve))
  t.match(error, { code: 'ECONNREFUSED' })
  t.equal(error.stack, 'Error: connect ECONNREFUSED 127.0.0.1:1')
})

t.test('an error of ours says where it was made, in the source where that is known', async t => {
  const broken = `import { ClientNames } from ${JSON.stringify(new URL('../../../core/record/client-names.js', import.meta.url).href)}
new ClientNames({ trusts: () => { throw new TypeError('odd') }, trustsAny: true }).addressOf({ remoteAddress: '', headers: [] })`
  const mapped = run(broken, '--enable-source-maps')
  t.match(mapped, /TypeError: odd\n/)
  t.match(mapped, /at #?trusts \(.*core\/record\/client-names\.ts:\d+:\d+\)/)
  // Whoever runs the tests may have all processes mapped.
  t.match(run(broken), /at .*client-names\.[jt]s:\d+:\d+\)/)
})

t.test('what is thrown may be anything', async t => {
  t.match(
    run(`const odd = new Error('x'); odd.name = { toString() { return 'Odd' } }; console.log(odd.stack)`),
    /Odd: x\n {4}at /,
  )
  t.match(run(`console.log(new Error('outer', { cause: new Error('inner') }).stack)`), /Error: outer\n {4}at /)
  t.match(
    run(`eval('function made() { return new Error("made") }; console.log(made().stack)')`),
    /Error: made\n {4}at made /,
  )
})
