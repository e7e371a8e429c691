// The learner watches what it learns: fields that are gone, answers that are wrong, bodies unlike all before.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { AnomalySignal } from '../../core/contract/anomalies.js'
import type { Exchange } from '../../core/contract/exchange.js'
import { openLearner } from '../support/learner.js'
import { exchange, write } from './learner-in-time.js'

const user = (id: number, over: object = {}) =>
  exchange(`/users/${id}`, { id, name: `User ${id}`, age: 20 + (id % 50), ...over })

t.test(
  'shape drift, soft failures and strange bodies, each told with the reply; what is known outlives a restart',
  async t => {
    const folder = mkdtempSync(join(tmpdir(), 'chaos-anomalies-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    const open = () => openLearner(folder, () => Date.now(), { gradeShare: 0, anomalies: { watchesQueries: false } })
    const first = open()
    const learn = async (exchanges: Exchange[]): Promise<readonly AnomalySignal[]> =>
      (await first.learner.learn(exchanges)).anomalies ?? []
    for (let round = 0; round < 3; round++)
      t.same(await learn(Array.from({ length: 60 }, (_, id) => user(id + 1))), [], 'all is normal')
    const posts = Array.from({ length: 260 }, (_, i) => write('POST', '/users', { name: `n${i}`, age: i % 90 }))
    t.same(await learn(posts), [])
    await first.learner.flush()
    await first.memory.close()

    const second = open()
    const said = async (exchanges: Exchange[]): Promise<readonly AnomalySignal[]> =>
      (await second.learner.learn(exchanges)).anomalies ?? []
    const drift = await said(Array.from({ length: 10 }, (_, i) => user(i + 1, { age: 'young' })))
    t.match(drift, [{ kind: 'shape-drift', subject: 'GET /users/{id}', detail: 'age: now string' }])
    const wrong = await said([1, 2, 3].map(id => exchange(`/users/${id}`, { error: 'the database is away' })))
    t.match(wrong, [
      { kind: 'soft-failure', subject: 'GET /users/{id}', detail: 'error', example: { target: '/users/3' } },
    ])
    const hostile = await said(Array.from({ length: 6 }, () => write('POST', '/users', { name: '<script>', age: 3 })))
    t.match(hostile, [{ kind: 'parameter-break', detail: 'name: markup in it', says: /the member «name»/ }])
    const { kind, subject, detail } = hostile[0]!
    second.learner.expectAnomaly({ kind, subject, detail })
    t.same(await said(Array.from({ length: 6 }, () => write('POST', '/users', { name: '<b>', age: 3 }))), [])
    await second.memory.close()
  },
)
