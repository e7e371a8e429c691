import t from 'tap'
import { readMatchOptions } from '../../../core/commands/match/match-options.js'
import { matchText } from '../../../core/commands/match/match-text.js'
import { paintFor } from '../../../core/commands/paint.js'
import type { MatchExplanation } from '../../../core/contract/status.js'

const read = (...args: string[]) => readMatchOptions(args, {})

t.test('which request is meant', async t => {
  for (const [args, question] of [
    [['/users/7'], { method: 'GET', path: '/users/7', headers: {}, body: '' }],
    [['head', '/a?b=c'], { method: 'HEAD', path: '/a?b=c' }],
    [['https://api.example/a?b#c'], { path: '/a?b' }],
    [['http://h?x'], { path: '/?x' }],
    [['POST', '/a', '-d', '{}', '-H', 'A: 1', '-H', 'a:2'], { method: 'POST', body: '{}', headers: { a: ['1', '2'] } }],
    [['curl', 'h/a', '--json', '{"x": 1}'], { method: 'POST', path: '/a', body: '{"x": 1}' }],
    [["curl 'h/a b' -H 'x: y'"], { path: '/a', headers: { x: 'y' } }],
  ] as const)
    t.match(read(...args), { question, json: false }, args.join(' '))
  t.match(read('--json', '--admin', 'h:1', 'curl', 'h/a'), { json: true, address: { host: 'h', port: 1 } })
  t.equal(read('--help'), 'help')
})

t.test('what is wrong', async t => {
  for (const [args, problem] of [
    [[], /which request\?/],
    [['GET', '/a', '/b'], /\/b is one thing too many/],
    [['/a', '-H', 'x'], /not of the form/],
    [['/a', 'curl', 'h/a'], /\/a stands before curl/],
    [['curl'], /names no URL/],
    [["curl 'h"], /not closed/],
    [['/a', '--what'], /--what/],
  ] as const)
    t.match(read(...args), { problem }, args.join(' '))
})

const silent: MatchExplanation = {
  request: {
    ...{ method: 'GET', path: '/users', query: 'sort=name', question: 'plain', route: '/users', params: [] },
    ignored: [{ name: '_', value: '1', because: 'it changes nothing' }],
    ...{ variesBy: ['accept'], scope: '', policy: null, switch: null },
  },
  pending: null,
  ...{ verdict: 'refusal', reason: 'low-confidence', minConfidence: 0.7, candidates: [], micros: 1500 },
  tiers: [
    {
      ...{ tier: 'exact', used: false, because: 'not-learned', detail: '', confidence: null, lowerBound: null },
      micros: 10,
    },
    {
      ...{ tier: 'query', used: false, because: 'low-confidence', detail: 'sorted', confidence: 0.6, lowerBound: 0.4 },
      micros: 10,
    },
  ],
  nearestMiss: {
    ...{ key: '', method: 'GET', target: '/users?sort=id', similarity: null, because: 'another sort' },
    differs: [{ field: 'sort', asked: 'name', known: 'id' }],
  },
  composed: {
    inputs: [{ input: 'sort', value: 'name', meaning: 'sorts by name', seen: 3 }],
    steps: [{ step: 'rows', detail: '2 of them', micros: 12 }],
    evidence: {
      ...{ kind: 'sorted-list', completeness: 0.5, source: 'the list /users' },
      onThisRoute: { count: 0, similarity: null },
      onAllRoutes: { count: 4, similarity: 0.9 },
      akin: { count: 4, similarity: 0.9 },
    },
    nearest: null,
  },
  answer: {
    ...{ tier: 'query', status: 200, headers: { 'x-ghost': 'query' }, confidence: 0.6, ageS: 61 },
    ...{ body: '["a\\u001b[31m"]', bodyEncoding: 'utf8' },
  },
}

t.test('in words', async t => {
  const text = matchText(silent, paintFor(false, {}))
  for (const line of [
    'GET /users?sort=name: a plain question, of the route /users',
    '  _=1 is left out: it changes nothing',
    '  answers differ by accept',
    'a ghost would stay silent: it is known, and not surely enough (0.7 is needed)',
    '  no  exact     nothing like it was ever answered',
    '  no  query     it is known, and not surely enough; confidence 0.60, surely 0.40 of 0.7; sorted',
    '  sort = name: sorts by name, seen 3 times',
    'evidence: sorted-list, out of the list /users, of which 50 % is known; such answers were 0.900 like the truth, 4 times',
    '  rows: 2 of them (12 µs)',
    'nearest that was answered: GET /users?sort=id; another sort',
    '  sort: «name» is asked for, «id» is known',
    'what it would say if it were surer:',
    '  x-ghost: query',
    'told in 1.5 ms',
  ])
    t.ok(text.split('\n').includes(line), line)
  const answered = matchText({ ...silent, verdict: 'answer', reason: '' }, paintFor(false, {}))
  t.match(answered, /^a ghost would answer: query, confidence 0\.60, 1 min 1 s old$/m)
})

t.test('what an API answers does not command the terminal', async t => {
  const body = 'plain \u001b]0;title\u0007 text'
  t.notMatch(matchText({ ...silent, answer: { ...silent.answer!, body } }, paintFor(false, {})), /[\u001b\u0007]/)
})
