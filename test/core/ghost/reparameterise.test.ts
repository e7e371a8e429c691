import t from 'tap'
import { reparameterise } from '../../../core/ghost/reparameterise.js'

const fit = (body: string, from: string, to: string): string =>
  Buffer.from(reparameterise(Buffer.from(body), { query: from }, { query: to })).toString()

t.test('strings that repeat the other question repeat this one', async t => {
  const body = '{"query":"red shoes","items":[{"name":"red shoes"},{"name":"red shoes 2"}],"total":2}'
  t.equal(
    fit(body, 'q=red+shoes', 'q=shoes%20in%20red'),
    '{"query":"shoes in red","items":[{"name":"shoes in red"},{"name":"red shoes 2"}],"total":2}',
  )
})

t.test('octet for octet the same where there is nothing to change', async t => {
  const body = Buffer.from('{ "q": "x",  "n": 1.0 }')
  t.equal(reparameterise(body, { query: 'q=a' }, { query: 'q=b' }), body, 'the value does not occur')
  t.equal(reparameterise(body, { query: 'q=x' }, { query: 'q=x' }), body, 'the value is the same')
  t.equal(reparameterise(body, { query: 'q=x' }, { query: 'p=y' }), body, 'this request has no such parameter')
  t.equal(reparameterise(body, { query: 'q=' }, { query: 'q=y' }), body, 'an empty value is everywhere')
  const html = Buffer.from('<b>x</b>')
  t.equal(reparameterise(html, { query: 'q=x' }, { query: 'q=y' }), html, 'not JSON')
  const latin = Buffer.from([0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x22, 0x78, 0x22, 0x7d])
  t.equal(reparameterise(latin, { query: 'q=x' }, { query: 'q=y' }), latin, 'not UTF-8')
})

t.test('names and numbers are never touched', async t => {
  t.equal(fit('{"x":1,"7":7,"v":"x"}', 'q=x&id=7', 'q=y&id=8'), '{"x":1,"7":7,"v":"y"}')
})
