import t from 'tap'
import { parseRedisUrl } from '../../../core/shared/redis-url.js'

t.test('reads every form', async t => {
  t.same(parseRedisUrl('redis://localhost'), {
    ...{ kind: 'single', nodes: [{ host: 'localhost', port: 6379 }], master: '', tls: false },
    ...{ username: '', password: '', db: 0, shown: 'redis://localhost' },
  })
  t.match(parseRedisUrl('rediss://chaos:p%40ss%3Aword@redis.example:7000/3'), {
    ...{ tls: true, username: 'chaos', password: 'p@ss:word', db: 3, nodes: [{ host: 'redis.example', port: 7000 }] },
    shown: 'rediss://redis.example:7000/3',
  })
  t.match(parseRedisUrl('redis://:word@[::1]:7000'), {
    password: 'word',
    username: '',
    nodes: [{ host: '::1', port: 7000 }],
  })
  t.match(parseRedisUrl('redis+sentinel://u:p@one,two:5000/main/2'), {
    ...{ kind: 'sentinel', master: 'main', db: 2, username: 'u' },
    nodes: [
      { host: 'one', port: 26379 },
      { host: 'two', port: 5000 },
    ],
  })
  t.match(parseRedisUrl('rediss+cluster://one:1,two:2'), {
    kind: 'cluster',
    tls: true,
    nodes: [{ port: 1 }, { port: 2 }],
  })
})

t.test('says what is wrong and what to write, and never a password', async t => {
  const wrong: [url: string, says: RegExp][] = [
    ['here', /no URL of a Redis: write redis:/],
    ['http://user:very-secret@host', /«http:\/\/host» is no URL/],
    ['redis://very-secret@', /no URL/],
    ['redis://host:99999', /«host:99999», which is no host with a port/],
    ['redis://a,b', /names several hosts/],
    ['redis+sentinel://a,b', /does not say which master/],
    ['redis://host/first', /«\/first», which is no number of a database/],
    ['redis+cluster://a/3', /a cluster has none but 0/],
    ['redis://user:very-secret%@host', /URL-encoded: write % as %25/],
    ['redis://user:very/secret@host', /no URL of a Redis/],
  ]
  for (const [url, says] of wrong) {
    const parsed = parseRedisUrl(url)
    t.match('problem' in parsed ? parsed.problem : parsed, says, url)
    t.notMatch(JSON.stringify(parsed), /very/)
  }
})
