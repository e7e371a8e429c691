import t from 'tap'
import { readOptions } from '../../../bench/peers/options.js'

const known = { contenders: ['chaos-uws', 'nginx'], scenarios: ['json-64', 'idle', 'large'] }
const read = (...args: string[]): ReturnType<typeof readOptions> => readOptions(args, known)

t.test('a full run is written, a part or a quick one is not', async t => {
  t.match(read(), { rounds: 3, out: 'bench/RESULTS.md', only: undefined, scenarios: undefined })
  t.equal(read('--only', 'nginx').out, undefined)
  t.equal(read('--scenarios', 'json-64').out, undefined)
  t.equal(read('--scenarios', 'json-64', '--out', 'part.md').out, 'part.md')
  t.match(read('--quick', '--out', 'part.md'), { out: undefined, rounds: 1 })
})

t.test('scenarios of memory have options of their own', async t => {
  t.same(read('--idle').scenarios, ['idle'])
  t.same(read('--large', '--scenarios', 'json-64').scenarios, ['json-64', 'large'])
})

t.test('what is wrong is named, with what there is', async t => {
  t.throws(() => read('--only', 'nginx,apache'), /--only knows no apache; there are chaos-uws, nginx/)
  t.throws(() => read('--scenarios', 'fast'), /--scenarios knows no fast; there are json-64, idle, large/)
  t.throws(() => read('--rounds', '0'), /--rounds must be a whole number from 1, not 0/)
  t.throws(() => read('--fast'), /--fast/)
})
