import t from 'tap'
import { paintFor } from '../../../core/commands/paint.js'

t.test('colours on a terminal, and nowhere else', async t => {
  t.equal(paintFor(true, {}).bad('no'), '\u001b[31mno\u001b[39m')
  t.equal(paintFor(true, { NO_COLOR: '' }).bold('b'), '\u001b[1mb\u001b[22m', 'an empty NO_COLOR is none')
  for (const [isTerminal, env] of [
    [false, {}],
    [true, { NO_COLOR: '1' }],
    [true, { TERM: 'dumb' }],
  ] as const)
    t.equal(paintFor(isTerminal, env).good('yes'), 'yes', JSON.stringify(env))
})
