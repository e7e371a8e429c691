import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { expandPath, readConfig } from '../../bench/config.js'

t.test('a range stands for its paths, and {} repeats the number', async t => {
  t.same(expandPath('/items/{9..11}?of={}&by={}'), [
    '/items/9?of=9&by=9',
    '/items/10?of=10&by=10',
    '/items/11?of=11&by=11',
  ])
  t.same(expandPath('/items'), ['/items'])
})

const load = { tool: 'wrk', connections: 1, durationS: 1, pipelining: 1, paths: 'few' }
const fileWith = (t: Test, scenarios: object[]): string => {
  const file = join(t.testdir(), 'bench.json')
  writeFileSync(
    file,
    JSON.stringify({ rounds: 1, warmUpS: 1, paths: { few: ['/a/{1..5}'] }, defaults: load, scenarios }),
  )
  return file
}

t.test('paths are spread, none is lost', async t => {
  const [direct] = readConfig(fileWith(t, [{ name: 'direct' }])).scenarios
  t.same([...direct!.paths].sort(), ['/a/1', '/a/2', '/a/3', '/a/4', '/a/5'])
  t.not(direct!.paths[1], '/a/2')
})

t.test('what is wrong is named', async t => {
  const wrong = (scenario: object): (() => unknown) => {
    const file = fileWith(t, [{ name: 'direct' }, scenario])
    return () => readConfig(file)
  }
  t.throws(wrong({ name: 'x', scenario: 'fast' }), /scenario x: `scenario` must be one of direct/)
  t.throws(wrong({ name: 'forward', paths: 'many' }), /no list of paths named many/)
  t.throws(wrong({ name: 'forward', connections: 0 }), /`connections` must be at least 1/)
  t.throws(wrong({ name: 'forward', tool: 'autocannon' }), /same tool/)
  t.throws(wrong({ name: 'forward', budget: { against: 'nginx' } }), /compared with nginx, which there is not/)
})

t.test('the configuration that is shipped can be read', async t => {
  t.ok(readConfig('autocannon.config.json').scenarios.some(({ name }) => name === 'failover'))
})
