// When an outage begins and ends, what is asked again, what is kept. The clocks and the circuits are those of the test.
import t from 'tap'
import type { GivenBatch, GivenQuestion, OutageReport } from '../../../core/contract/outages.js'
import type { ReadinessReport } from '../../../core/contract/readiness.js'
import { silentLog } from '../../../core/log/log.js'
import { type AnsweredAgain, AskAgain } from '../../../core/outages/ask-again.js'
import { heldAgainst } from '../../../core/outages/held-against.js'
import { Outage } from '../../../core/outages/outage.js'
import { MAX_OUTAGES, Outages } from '../../../core/outages/outages.js'

const START = Date.UTC(2026, 0, 1)
const ROUTE = 'GET /users/{id}'

class Stage {
  now = 0
  state: 'closed' | 'open' | 'half-open' = 'closed'
  because = '3 requests failed'
  routeBecause = ''
  ended = 0
  written: readonly OutageReport[] = []
  readiness: Partial<ReadinessReport> | undefined
  readonly outages: Outages
  constructor(sample = 100, earlier: readonly OutageReport[] = []) {
    this.outages = new Outages({
      clock: { now: () => START + this.now },
      steady: { now: () => this.now },
      random: () => 0,
      sample,
      circuits: {
        upstream: () => ({ state: this.state, because: this.state === 'closed' ? '' : this.because }),
        route: () => this.routeBecause,
      },
      readiness: () => Promise.resolve(this.readiness as ReadinessReport | undefined),
      onEnd: () => (this.ended += 1),
      onKept: reports => (this.written = reports),
      earlier,
      log: silentLog,
    })
  }
  after(ms: number): void {
    this.now += ms
    this.outages.look()
  }
  given(...questions: readonly Partial<GivenQuestion>[]): void {
    this.outages.given(batch(START + this.now, questions))
  }
  /** Open for `ms`, then closed until it is over. */
  outage(ms: number, ...questions: readonly Partial<GivenQuestion>[]): void {
    this.state = 'open'
    this.after(0)
    if (questions.length > 0) this.given(...questions)
    this.now += ms
    this.state = 'closed'
    this.after(0)
    this.after(2000)
  }
  latest(): OutageReport {
    return this.outages.report(this.outages.list()[0]!.id)!
  }
}

function question(more: Partial<GivenQuestion> = {}): GivenQuestion {
  const { target = '/users/7' } = more
  return {
    ...{ key: target, route: ROUTE, method: 'GET', target, fields: [], times: 1, firstAt: 1, lastAt: 1, unaskable: '' },
    answer: { status: 200, coding: '', body: Buffer.from('{"id":7,"name":"a"}') },
    ...more,
  }
}

function batch(since: number, questions: readonly Partial<GivenQuestion>[]): GivenBatch {
  const all = questions.map(question)
  const ghosts = all.reduce((sum, { times }) => sum + times, 0)
  const routes = [{ route: ROUTE, ghosts, refused: 0, confidence: ghosts * 0.9 }]
  return { since, routes, questions: all, beyond: 0 }
}

t.test('it begins when the circuit opens, and ends when it was closed for a while', async t => {
  const stage = new Stage()
  stage.after(100)
  t.equal(stage.outages.running(), null)
  stage.state = 'open'
  stage.after(100)
  t.match(stage.outages.running(), { since: '2026-01-01T00:00:00.200Z', because: '3 requests failed', ghosts: 0 })
  stage.state = 'half-open'
  stage.after(10_000)
  stage.state = 'closed'
  stage.after(0)
  stage.after(1999)
  t.ok(stage.outages.running())
  stage.state = 'open'
  stage.after(1)
  stage.state = 'closed'
  stage.after(500)
  stage.after(1999)
  t.ok(stage.outages.running(), 'one that flaps is one outage')
  stage.after(1)
  t.equal(stage.outages.running(), null)
  t.equal(stage.ended, 1)
  t.match(stage.latest(), { durationS: 12.5, circuit: 'upstream', state: 'done', routes: [] })
  t.match(stage.outages.totals(), { outages: 1, seconds: 12.5 })
})

t.test('ghosts without a circuit that opens: until none was given for a while; they count from the first', async t => {
  const stage = new Stage()
  stage.now = 500
  stage.outages.given(batch(START + 300, [{}]))
  stage.after(4999)
  t.match(stage.outages.running(), { since: '2026-01-01T00:00:00.300Z', because: 'requests failed', ghosts: 1 })
  stage.after(1)
  t.match(stage.latest(), { circuit: 'none', durationS: 0.2 })
  stage.given({})
  stage.routeBecause = '3 requests of it failed'
  stage.after(60_000)
  t.match(stage.outages.running(), { because: '3 requests of it failed' }, 'while a route is not well it goes on')
  stage.routeBecause = ''
  stage.after(100)
  t.match(stage.latest(), { circuit: 'route', durationS: 0 })
})

t.test('it began with the first ghost, though the circuit opened before main heard of that', async t => {
  const stage = new Stage()
  stage.now = 1000
  stage.state = 'open'
  stage.after(0)
  const { id } = stage.outages.running()!
  stage.outages.given(batch(START + 900, [{}]))
  t.match(stage.outages.running(), { id, since: '2026-01-01T00:00:00.900Z', because: '3 requests failed' })
})

t.test('what an edge tells after the end is of that outage; what was given after it is of another', async t => {
  const stage = new Stage()
  stage.outage(1000, {})
  stage.outages.given(batch(START + 900, [{ times: 4 }]))
  t.equal(stage.outages.running(), null)
  t.match(stage.latest(), { ghosts: 5, state: 'comparing' })
  stage.given({})
  t.match(stage.outages.running(), { ghosts: 1 })
})

t.test('so many are kept; those in which no circuit opened go first', async t => {
  const stage = new Stage(0)
  for (let i = 0; i < MAX_OUTAGES; i++) stage.outage(1000)
  const first = stage.outages.list().at(-1)!.id
  stage.given({})
  stage.after(5000)
  t.equal(stage.outages.list().length, MAX_OUTAGES)
  t.equal(stage.outages.list().at(-1)!.id, first)
  stage.outage(1000)
  t.equal(stage.outages.list().length, MAX_OUTAGES)
  t.not(stage.outages.list().at(-1)!.id, first)
  t.equal(stage.written.length, MAX_OUTAGES)
  t.match(new Stage(0, stage.written).outages.list(), stage.outages.list(), 'another start goes on with them')
})

t.test('the sample takes of each route in turn, and nothing that cannot be asked', async t => {
  const outage = new Outage(START, 'x')
  const many = Array.from({ length: 50 }, (_, i) => question({ target: `/users/${i}` }))
  outage.add({ ...batch(1, []), questions: many })
  outage.add(
    batch(1, [
      { route: 'GET /rare', target: '/rare' },
      { target: '/me', unaskable: 'credentials', answer: undefined },
    ]),
  )
  outage.untilAt = START + 1000
  outage.state = 'comparing'
  outage.choose(4, () => 0.999)
  const asked: string[] = []
  for (let next = outage.next(); next !== undefined; next = outage.next()) {
    asked.push(next.target)
    outage.settle({ similarity: 1, differences: [] })
  }
  t.same(asked, ['/users/49', '/rare', '/users/48', '/users/47'])
  t.match(outage.report(1).notAsked, { credentials: 1, sample: 47, waiting: 0 })
})

t.test('bounded in number and in octets', async t => {
  const few = new Outage(START, 'x', { questions: 2, bytes: 1e6 })
  few.add(batch(1, [{ target: '/1' }, { target: '/2' }, { target: '/3', times: 5 }, { target: '/1' }]))
  t.match(few.report(1), { distinct: 2, beyond: 5, ghosts: 8 })
  const small = new Outage(START, 'x', { questions: 100, bytes: 30 })
  small.add(batch(1, [{ target: '/1' }, { target: '/2' }]))
  t.match(small.report(1), { distinct: 1, beyond: 1 })
  const odd = new Outage(START, 'x')
  for (let i = 0; i < 3000; i++)
    odd.add({ ...batch(1, []), routes: [{ route: `GET /${i}`, ghosts: 1, refused: 0, confidence: 1 }] })
  t.match(odd.report(1), { ghosts: 3000, routes: { length: 200 } })
})

function asking(stage: Stage, ask: (target: string) => Partial<AnsweredAgain> | undefined) {
  const asked: string[] = []
  const again = new AskAgain({
    outages: stage.outages,
    ask: async ({ target }) => {
      asked.push(target)
      const answer = ask(target)
      return answer && { status: 200, coding: '', isGhost: false, body: Buffer.from(''), ...answer }
    },
    mayAsk: () => stage.state === 'closed',
    heldAgainst: ({ method }, given, truth) => heldAgainst(method, given, truth, body => body, undefined),
    perSecond: 2,
    log: silentLog,
  })
  return { again, asked }
}

t.test('asked again, held against the truth, reported', async t => {
  const stage = new Stage()
  stage.readiness = {
    overall: 0.97,
    routes: [{ method: 'GET', pattern: '/users/{id}', readiness: 0.9 } as never],
  }
  stage.outage(60_000, { times: 3 }, { target: '/users/8', firstAt: 1000, lastAt: 31_000 })
  const truth: Record<string, string> = { '/users/7': '{"id":7,"name":"a"}', '/users/8': '{"id":7,"name":"b"}' }
  const { again, asked } = asking(stage, target => ({ body: Buffer.from(truth[target]!) }))
  t.equal(stage.latest().state, 'comparing')
  await again.tick()
  await again.tick()
  await again.tick()
  t.same(asked, ['/users/7', '/users/8'], 'each once')
  const report = stage.latest()
  // Two leaves and the status: two of three right.
  t.match(report, {
    state: 'done',
    right: 1,
    wrong: 1,
    similarity: 0.917,
    confidence: 0.9,
    predicted: 0.97,
    turnedOut: 0.917,
  })
  t.match(report.routes, [
    {
      route: ROUTE,
      ...{ ghosts: 4, distinct: 2, compared: 2, right: 1, wrong: 1, wrongForS: 30, predicted: 0.9, turnedOut: 0.917 },
      fields: [{ field: '/name', differed: 1, target: '/users/8', given: '"a"', truth: '"b"', wrongForS: 30 }],
    },
  ])
  t.same(stage.written, [report])
  t.match(stage.outages.totals(), { right: 1, wrong: 1, ghosts: 4 })
})

t.test('silence counts 0 in what readiness turned out to be', async t => {
  const stage = new Stage()
  stage.outage(1000, {})
  stage.outages.given({ ...batch(START, []), routes: [{ route: ROUTE, ghosts: 0, refused: 3, confidence: 0 }] })
  const { again } = asking(stage, () => ({ body: Buffer.from('{"id":7,"name":"a"}') }))
  await again.tick()
  t.match(stage.latest(), { similarity: 1, turnedOut: 0.25, routes: [{ turnedOut: 0.25 }] })
})

t.test('nothing is asked while the circuit is not closed; what stays unanswered is given up', async t => {
  const stage = new Stage()
  stage.outage(1000, {}, { target: '/users/8' })
  const { again, asked } = asking(stage, target => (target === '/users/7' ? { isGhost: true } : { status: 503 }))
  stage.state = 'open'
  await again.tick()
  t.same(asked, [])
  stage.state = 'closed'
  await again.tick()
  t.same(asked, ['/users/7'])
  await again.tick()
  await again.tick()
  t.same(asked, ['/users/7'], 'after a try that brought nothing it pauses')
  for (let i = 0; i < 30; i++) await again.tick()
  t.same(asked, ['/users/7', '/users/8', '/users/7', '/users/8', '/users/7', '/users/8'])
  t.match(stage.latest(), { state: 'done', compared: 0, turnedOut: null, notAsked: { unanswered: 2 } })
})

t.test('one at a time; a question whose outage is gone meanwhile is forgotten', async t => {
  const stage = new Stage()
  stage.outage(1000, {})
  let answer = (_: AnsweredAgain | undefined): void => {}
  let asked = 0
  const again = new AskAgain({
    outages: stage.outages,
    ask: () => {
      asked += 1
      return new Promise(resolve => (answer = resolve))
    },
    mayAsk: () => true,
    heldAgainst: () => {
      t.fail('there is nothing to compare with any more')
      return undefined
    },
    perSecond: 2,
    log: silentLog,
  })
  const first = again.tick()
  await again.tick()
  t.equal(asked, 1)
  for (let i = 0; i < MAX_OUTAGES; i++) stage.outage(1000)
  answer({ status: 200, coding: '', body: Buffer.from('{}'), isGhost: false })
  await first
})
