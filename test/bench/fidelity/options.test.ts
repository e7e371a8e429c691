import t from 'tap'
import { readOptions } from '../../../bench/fidelity/options.js'

t.test(
  'a full run with default settings is written to its place, all others nowhere unless they are told to',
  async t => {
    t.equal(readOptions([]).out, 'bench/FIDELITY.md')
    t.equal(readOptions(['--keep-answers']).out, 'bench/FIDELITY.md')
    for (const part of [
      ['--backends', 'a'],
      ['--dir', 'd'],
      ['--min-confidence', '0'],
      ['--honour', 'ignore-no-store'],
      ['--explain', 'a'],
    ])
      t.equal(readOptions(part).out, undefined, part.join(' '))
    t.equal(readOptions(['--backends', 'a,b', '--out', 'f.md']).out, 'f.md')
  },
)

t.test('to explain means this backend alone, and its answers kept', async t => {
  t.match(readOptions(['--explain', 'a', '--class', 'param-new', '--worst', '3']), {
    backends: ['a'],
    keepAnswers: true,
    explain: { backend: 'a', class: 'param-new', worst: 3, kept: false },
  })
  t.equal(readOptions(['--backends', 'a,b']).explain, undefined)
  t.same(readOptions(['--backends', 'a,b']).backends, ['a', 'b'])
})

t.test('what is wrong is named', async t => {
  t.throws(() => readOptions(['--min-confidence', '1.5']), /--min-confidence must be a number from 0 to 1, not 1\.5/)
  t.throws(() => readOptions(['--min-confidence', 'x']), /not x/)
  t.throws(() => readOptions(['--explain', 'a', '--class', 'new']), /--class knows no new; there are repeat, /)
  t.throws(() => readOptions(['--explain', 'a', '--worst', '-1']), /--worst/)
  t.throws(() => readOptions(['--honour', 'private']), /--honour must be one of no-store, rfc9111, .*, not private/)
  t.throws(() => readOptions(['--kept']), /--kept goes with --explain BACKEND/)
  t.throws(() => readOptions(['--class', 'repeat']), /--class goes with/)
})
