import t from 'tap'
import { questionOfBody, questionOfQuery, type ReadQuestion } from '../../../core/admin/match-question.js'
import type { MatchQuestionByHand } from '../../../core/contract/status.js'

function question(read: ReadQuestion): MatchQuestionByHand {
  if (!read.ok) throw new Error(read.reply.body)
  return read.question
}
const ofQuery = (query: string): ReadQuestion => questionOfQuery(new URLSearchParams(query))

t.test('from a query string, as somebody types it at a curl', async t => {
  t.same(question(ofQuery('method=GET&path=/users/7')), { method: 'GET', path: '/users/7', headers: {}, body: '' })
  t.equal(question(ofQuery('path=/users/7')).method, 'GET')
  t.equal(question(ofQuery('path=/search?q=red')).path, '/search?q=red')
  t.equal(question(ofQuery('path=%2Fsearch%3Fq%3Dred%26page%3D2')).path, '/search?q=red&page=2')
  t.same(
    question(
      ofQuery('path=/&header=Accept: text/html&header=accept:%20image/png&header=Cookie: a=1&header=cookie: b=2'),
    ).headers,
    {
      accept: 'text/html, image/png',
      cookie: 'a=1; b=2',
    },
  )
  t.same(question(ofQuery('path=/&headers={"X-Tenant":"a"}&header=x-id: 1')).headers, { 'x-tenant': 'a', 'x-id': '1' })
})

t.test('what cannot stand in a request line is written as a client would write it', async t => {
  t.equal(question(ofQuery('path=/search?q=red%20shoes')).path, '/search?q=red%20shoes')
  t.equal(question(ofQuery('path=/search?q=Zöe')).path, '/search?q=Z%C3%B6e')
  t.equal(question(ofQuery('path=/search?q=Shoes%2520RED')).path, '/search?q=Shoes%20RED', 'an escape stays an escape')
  t.equal(question(questionOfBody('{"path": "/a\\ud800b"}')).path, '/a%EF%BF%BDb', 'half a character')
})

t.test('from a JSON body', async t => {
  t.same(
    question(questionOfBody('{"method": "POST", "path": "/users", "headers": {"X-A": ["1", "2"]}, "body": "{}"}')),
    { method: 'POST', path: '/users', headers: { 'x-a': '1, 2' }, body: '{}' },
  )
})

t.test('whatever is wrong is refused, and the field is named', async t => {
  const bad: [read: ReadQuestion, field: string][] = [
    [ofQuery(''), 'path'],
    [ofQuery('path='), 'path'],
    [ofQuery('path=users'), 'path'],
    [ofQuery('path=http://evil/'), 'path'],
    [ofQuery('path=/a%23b'), 'path'],
    [ofQuery('path=/a%0d%0ab'), 'path'],
    [ofQuery('path=/a%00'), 'path'],
    [ofQuery(`path=/${'x'.repeat(20_000)}`), 'path'],
    [ofQuery('path=/a&path=/b'), 'path'],
    [ofQuery('path=/s?a=1&b=2'), 'b'],
    [ofQuery('path=/&method='), 'method'],
    [ofQuery('path=/&method=G%20T'), 'method'],
    [ofQuery('path=/&header=nothing'), 'header'],
    [ofQuery('path=/&header=: x'), 'header'],
    [ofQuery('path=/&header=a b: x'), 'headers'],
    [ofQuery('path=/&header=a: x%0d%0ay'), 'headers'],
    [ofQuery('path=/&headers=[]'), 'headers'],
    [ofQuery('path=/&headers={'), 'headers'],
    [questionOfBody(''), 'body'],
    [questionOfBody('[]'), 'body'],
    [questionOfBody('null'), 'body'],
    [questionOfBody('{"path": 7}'), 'path'],
    [questionOfBody('{"path": "/", "method": ["GET"]}'), 'method'],
    [questionOfBody('{"path": "/", "headers": {"a": 1}}'), 'headers'],
    [questionOfBody('{"path": "/", "headers": "a: 1"}'), 'headers'],
    [questionOfBody('{"path": "/", "body": {}}'), 'body'],
    [questionOfBody('{"path": "/", "Path": "/"}'), 'Path'],
    [questionOfBody('{"path": "/", "__proto__": {}}'), '__proto__'],
  ]
  for (const [read, field] of bad) {
    t.equal(read.ok, false, field)
    if (read.ok) continue
    const problem = JSON.parse(read.reply.body) as { status: number; field: string; detail: string }
    t.match(problem, { status: 400, field })
    t.ok(problem.detail.length > 10)
  }
})
