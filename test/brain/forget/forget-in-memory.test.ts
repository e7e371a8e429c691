// A memory as LMDB has it, with what the learner makes of exchanges: after forgetting, its file is read octet by octet.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Forgot, forgetInMemory } from '../../../brain/forget/forget-in-memory.js'
import { openExactScan } from '../../../brain/index/exact-scan.js'
import { Learner } from '../../../brain/learner.js'
import type { Exchange } from '../../../core/contract/exchange.js'
import { type ForgetRequest, forgettingOf } from '../../../core/contract/forgetting.js'
import type { MemoryErasure } from '../../../core/contract/memory.js'
import { baseKeyOf } from '../../../core/contract/request-key.js'
import { ghostWays, openLearner } from '../../support/learner.js'

const ALICE = 'scope-of-alice-0123456'
const BOB = 'scope-of-bob-012345678'
let clock = 1_000_000

function answered(path: string, scope: string, body: unknown, query = ''): Exchange {
  clock += 10
  const key = baseKeyOf({ method: 'GET', path, query, scope })
  return {
    ...{ startedAt: clock - 5, completedAt: clock, method: 'GET', path, query, scope, shared: false },
    ...{ baseKey: key, key, vary: [], requestHeaders: [], requestBody: new Uint8Array(0), status: 200 },
    ...{ headers: ['content-type', 'application/json'], body: Buffer.from(JSON.stringify(body)) },
    ...{ redactions: 0, repeats: 0, firstByteMs: 1 },
  }
}

const person = (id: number, name: string): object => ({
  id,
  name,
  email: `${name}@persons.example`,
  notes: `Notes on ${name}`,
})

function another(memory: MemoryErasure): Learner {
  const serving = { minConfidence: 0.7, maxAgeS: 0 }
  return new Learner({ memory, openIndex: openExactScan, ghosts: ghostWays, gradeShare: 1, serving, now: () => clock })
}

/** Octets of all files of the folder. */
function filesIn(folder: string): Buffer {
  return Buffer.concat(readdirSync(folder).map(name => readFileSync(join(folder, name))))
}

interface Studied {
  readonly dir: string
  readonly memory: MemoryErasure
  learner: Learner
  forget(request: ForgetRequest, dryRun?: boolean): Promise<Forgot>
}

async function studied(t: Test, exchanges: readonly Exchange[]): Promise<Studied> {
  const dir = t.testdir()
  const opened = openLearner(dir, () => clock)
  const memory = opened.memory as MemoryErasure
  t.teardown(() => memory.close())
  const study: Studied = {
    dir,
    memory,
    learner: opened.learner,
    forget: (request, dryRun = false) =>
      forgetInMemory(
        {
          memory,
          flush: async () => {
            await study.learner.flush()
          },
          relearn: async () => {
            study.learner = another(memory)
            await study.learner.boot()
          },
        },
        forgettingOf(request, clock),
        dryRun,
      ),
  }
  for (const exchange of exchanges) await study.learner.learn([exchange])
  await study.learner.flush()
  return study
}

const traffic = (): Exchange[] => [
  ...Array.from({ length: 30 }, (_, i) => answered(`/people/${i}`, '', person(i, `person-${i}`))),
  ...['alice', 'bob'].flatMap(name =>
    Array.from({ length: 10 }, (_, i) =>
      answered(`/orders/${i}`, name === 'alice' ? ALICE : BOB, {
        id: i,
        buyer: `${name}-of-orders`,
        street: `${name} street ${i}`,
      }),
    ),
  ),
  answered('/people/7', '', person(7, 'person-7')),
  answered('/search', '', { hits: [person(7, 'person-7')] }, 'q=person-7%40persons.example'),
]

t.test('a credential: nothing of it is in the file, and others keep what is theirs', async t => {
  const study = await studied(t, traffic())
  t.ok(filesIn(study.dir).includes('alice-of-orders'))
  const dry = await study.forget({ kind: 'scope', scope: ALICE }, true)
  t.ok(dry.stores[0]!.found >= 10)
  t.ok(filesIn(study.dir).includes('alice-of-orders'), 'a dry run changes nothing')
  const { stores } = await study.forget({ kind: 'scope', scope: ALICE })
  t.match(stores, [{ store: 'memory', remaining: 0, problem: '' }])
  t.equal(stores[0]!.erased, stores[0]!.found)
  const octets = filesIn(study.dir)
  for (const text of ['alice', ALICE]) t.notOk(octets.includes(text), text)
  t.ok(octets.includes('bob-of-orders'))
  t.equal(study.memory.exemplarsAt('/orders/3').length, 1)
})

t.test('a text: wherever it stands, in answers, queries and what was learned of them', async t => {
  const study = await studied(t, traffic())
  const { stores } = await study.forget({ kind: 'match', text: 'Person-7@persons.example' })
  t.match(stores, [{ remaining: 0, problem: '' }])
  const octets = filesIn(study.dir)
  for (const text of ['person-7@persons', 'person-7%40', 'Notes on person-7']) t.notOk(octets.includes(text), text)
  t.ok(octets.includes('person-8@persons'))
  t.equal(study.memory.exemplarsAt('/people/7').length, 0)
  const asked = { method: 'GET', path: '/people/7', query: '', scope: '', contentType: '', body: '' }
  t.notMatch(JSON.stringify(study.learner.compose(asked)), /person-7/)
})

t.test('a route, which is learned anew when it is asked again', async t => {
  const study = await studied(t, traffic())
  const { stores } = await study.forget({ kind: 'route', route: 'GET /orders/{id}' })
  t.match(stores, [{ remaining: 0, problem: '' }])
  t.notOk(filesIn(study.dir).includes('bob-of-orders'))
  t.equal(study.memory.exemplarsAt('/orders/3').length, 0)
  await study.learner.learn([answered('/orders/3', BOB, { id: 3, buyer: 'bob-of-orders' })])
  await study.learner.flush()
  t.equal(study.memory.exemplarsAt('/orders/3').length, 1)
})

t.test('what was overwritten before lies in no free page', async t => {
  const study = await studied(t, traffic())
  for (let round = 0; round < 20; round++)
    await study.learner.learn([answered('/people/7', '', person(7, `person-7-${'x'.repeat(round * 700)}`))])
  await study.learner.learn([answered('/people/7', '', { id: 7, name: 'nobody' })])
  await study.learner.flush()
  await study.forget({ kind: 'match', text: 'person-7@persons.example' })
  t.notOk(filesIn(study.dir).includes('person-7'))
  t.equal(study.memory.exemplarsAt('/people/7').length, 1, 'what stands there now is not about it')
})

t.test('the memory is whole afterwards: it is read again, and learns on', async t => {
  const study = await studied(t, traffic())
  await study.forget({ kind: 'scope', scope: ALICE })
  const { learner, memory } = openLearner(study.dir, () => clock)
  t.equal(learner.counts().exemplars, study.learner.counts().exemplars)
  await memory.close()
  for (let i = 100; i < 400; i++) await study.learner.learn([answered(`/people/${i}`, '', person(i, `person-${i}`))])
  await study.learner.flush()
  await study.forget({ kind: 'match', text: 'person-300@persons.example' })
  t.equal(
    [...study.memory.rows()].filter(({ table }) => table === 'exemplars').length,
    study.learner.counts().exemplars,
  )
  t.equal(study.memory.exemplarsAt('/people/399').length, 1)
})
