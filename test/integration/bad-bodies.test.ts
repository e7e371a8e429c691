// Bodies that nothing can be learned from, or that are made to hurt who tries: they come through octet for octet, and are
// repeated so when the backend is gone.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { startProxy } from '../support/proxy.js'

const repeat = (n: number, of: (i: number) => string): string => Array.from({ length: n }, (_, i) => of(i)).join(',')
const json = 'application/json'

const answers: Record<string, readonly [type: string, body: string | Buffer]> = {
  '/deep': [json, `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  '/deep-objects': [json, `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
  '/cut': [json, '{"rows":[{"id":1},{"id":'],
  '/twice': [json, '{"id":1,"id":2,"role":"user","role":"admin"}'],
  '/prototype': [json, '{"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}},"id":7}'],
  '/prototype/__proto__': [json, '{"id":"__proto__","name":"n"}'],
  '/prototype/constructor': [json, '{"id":"constructor","name":"n"}'],
  '/no-utf8': [json, Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0xc0, 0x22, 0x7d])],
  '/surrogates': [json, '{"id":1,"name":"\\ud800","other":"\\udc00\\ud800"}'],
  '/nul': [json, '{"id":1,"na\\u0000me":"\\u0000\\u0001\\u0002records"}'],
  '/numbers': [
    json,
    '[{"id":9007199254740993,"v":1e400},{"id":9007199254740992,"v":-0},{"id":18446744073709551615,"v":1.0}]',
  ],
  '/lines': ['application/jsonl', '{"id":1}\n{"id":2}\n'],
  '/line': ['application/jsonl', '{"id": 1}\n'],
  '/xml': ['application/xml', '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "&b;&b;">]><a>&b;</a>'],
  '/html': ['text/html', '<!doctype html><p>{"id":1}'],
  '/html-as-json': [json, '<html>502</html>'],
  '/binary': ['application/octet-stream', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7) & 0xff))],
  '/empty': [json, ''],
  '/million': [json, `[${'1,'.repeat(400_000)}1]`],
  '/rows': [json, `[${repeat(60_000, i => `{"a":${i}}`)}]`],
  '/members': [json, `{${repeat(50_000, i => `"m${i}":${i}`)}}`],
  '/tables': [json, `{${repeat(16_000, i => `"m${i}":[[1]]`)}}`],
  '/odd-ids': [json, '[{"id":null},{"id":{}},{"id":1},{"id":1},{"id":-1},{"id":1.5},{"id":"a"},{"id":"A"},7,[],null]'],
  '/total': [json, '{"total":999999999999,"items":[{"id":1,"n":"a"},{"id":2,"n":"b"}]}'],
}
const lines = '{"id":1}\n{"id":2}\n'
const queries = [
  'page=0',
  'page=-1&limit=0',
  'page=999999999&limit=999999999',
  '__proto__=1&constructor=2',
  'q=%00%01&q=%02',
  'q=%FF%zz',
  `${'a=1&'.repeat(500)}a=2`,
]

for (const front of ['uws', 'strict']) {
  t.test(`${front}: what is odd is proxied and repeated octet for octet`, async t => {
    const origin = createServer((request, response) => {
      const path = request.url!.split('?')[0]!
      const [type, body] = answers[path] ?? ['text/plain', 'none']
      if (path === '/stream') return void response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(lines)
      response.writeHead(path in answers ? 200 : 404, { 'content-type': type }).end(body)
    })
    await new Promise<void>(resolve => origin.listen(0, '127.0.0.1', resolve))
    t.teardown(() => origin.close())
    const { port } = origin.address() as AddressInfo
    const proxy = await startProxy(t, `http://127.0.0.1:${port}`, { CHAOS_FRONT: front, CHAOS_WORKERS: '1' })
    const asked = [...Object.keys(answers), ...queries.map(query => `/total?${query}`)]
    for (let round = 0; round < 2; round++)
      for (const target of asked) {
        const { status, body } = await proxy.get(target)
        t.equal(status, 200, target.slice(0, 60))
        t.ok(body.equals(Buffer.from(answers[target.split('?')[0]!]![1] as string)), target.slice(0, 60))
      }
    // A stream may never end: it comes through, and is not kept.
    t.equal((await proxy.get('/stream')).body.toString(), lines)
    await proxy.settled()
    t.equal((await proxy.admin<{ learned: number; dropped: number }>('/api/learning')).dropped, 0)
    origin.closeAllConnections()
    await new Promise(resolve => origin.close(resolve))
    for (const target of asked) {
      const { status, headers, body } = await proxy.get(target)
      t.equal(status, 200, target.slice(0, 60))
      t.equal(headers['x-ghost'], 'exact', target.slice(0, 60))
      t.ok(body.equals(Buffer.from(answers[target.split('?')[0]!]![1] as string)), target.slice(0, 60))
    }
    t.equal((await proxy.get('/stream')).headers['x-ghost'], 'none')
    // Never asked before: whatever is said, it is said, and soon.
    for (const target of [
      '/total?page=2&limit=888888888',
      '/prototype/toString',
      '/odd-ids?id=1',
      '/numbers?id_gt=9007199254740992',
    ])
      t.ok([200, 404, 502, 503].includes((await proxy.get(target)).status), target)
    t.notMatch(proxy.output(), /RangeError|TypeError|Maximum call stack|DataCloneError/)
  })
}
