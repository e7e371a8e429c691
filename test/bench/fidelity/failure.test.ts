import t from 'tap'
import { failureOf } from '../../../bench/fidelity/failure.js'

const none = (): undefined => undefined

t.test('the reason is what the harness said last, with the end of the log that it names', async t => {
  const said = '10:00 installing backends one\ninstall of backends/one failed (3); see /h/one/install.log\n'
  t.equal(
    failureOf(said, 1, file => (file === '/h/one/install.log' ? 'first\n\nno such package\n' : undefined)),
    'install of backends/one failed (3); see /h/one/install.log\n    first\n    no such package',
  )
  t.equal(failureOf(said, 1, none), 'install of backends/one failed (3); see /h/one/install.log')
})

t.test('a traceback comes with its end, silence with the exit code', async t => {
  const said =
    'settle: connection refused\nTraceback (most recent call last):\n  File "run.py"\nCalledProcessError: 1\n'
  t.match(failureOf(said, 1, none), /^CalledProcessError: 1\n {4}settle: connection refused\n/)
  t.equal(failureOf('', null, none), 'the harness ended with exit code null and said nothing')
})
