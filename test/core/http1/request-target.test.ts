import t from 'tap'
import { isHost, readTarget } from '../../../core/http1/request-target.js'

t.test('a path and its query come apart at the first question mark, and otherwise untouched', async t => {
  for (const [target, path, query] of [
    ['/', '/', undefined],
    ['/?', '/', ''],
    ['/a?b?c', '/a', 'b?c'],
    ['//x/../%2f%00;a=b,c', '//x/../%2f%00;a=b,c', undefined],
    ['/a?next=http://b/#'.slice(0, -1), '/a', 'next=http://b/'],
    ['/"<>\\^`{|}', '/"<>\\^`{|}', undefined],
  ] as const)
    t.same(readTarget(target, 'GET'), { target, path, query, authority: undefined }, target)
})

t.test('an absolute form names a host, and its path goes on', async t => {
  for (const [text, target, authority] of [
    ['http://a.test/x?y', '/x?y', 'a.test'],
    ['HTTPS://A.test:443', '/', 'A.test:443'],
    ['http://a.test?y', '/?y', 'a.test'],
    ['http://[2001:db8::1]:8080/', '/', '[2001:db8::1]:8080'],
  ] as const)
    t.match(readTarget(text, 'GET'), { target, authority }, text)
  t.match(readTarget('http://a.test', 'OPTIONS'), { target: '*', authority: 'a.test' })
  t.match(readTarget('http://a.test/', 'OPTIONS'), { target: '/', authority: 'a.test' })
})

t.test('the asterisk is for OPTIONS alone', async t => {
  t.match(readTarget('*', 'OPTIONS'), { target: '*', path: '*', authority: undefined })
  for (const method of ['GET', 'options', 'TRACE']) t.equal(readTarget('*', method), undefined)
  t.equal(readTarget('*a', 'OPTIONS'), undefined)
})

t.test('what is no target is none', async t => {
  for (const target of [
    ...[
      '',
      'a',
      'a:443',
      '/a b',
      '/a#',
      '/\x00',
      '/\x7f',
      '/\xe9',
      '/\r',
      '/\t',
      '?a',
      '#',
      './a',
      'http:/a',
      'http:a',
    ],
    ...[
      'http://',
      'http:///a',
      'http://u@a/',
      'http://u:p@a/',
      'http://a,b/',
      'http://a b/',
      'ftp://a/',
      'http://a/#b',
    ],
    ...['http://a#b', 'http://[::1/', 'http://[]/', 'http://a:b/', 'http://a:123456/', 'http://\xe9/', 'http://a/\xe9'],
  ])
    t.equal(readTarget(target, 'GET'), undefined, JSON.stringify(target))
})

t.test('a host is a name or an address, and perhaps a port', async t => {
  for (const host of [
    '',
    'a',
    'A-b.test',
    'a.test:80',
    'a:',
    '127.0.0.1:8080',
    '[::1]',
    '[::ffff:1.2.3.4]:80',
    'a_b',
    '%41',
    "a!$&'()*+;=~",
  ])
    t.ok(isHost(host), host)
  for (const host of [
    'a/b',
    'u@a',
    'a,b',
    'a b',
    'a:b',
    'a:1:2',
    ':80',
    '::1',
    '[::1',
    '[::1]x',
    '[g]',
    '[]',
    'a\t',
    'a"',
    '<a>',
    '\xe9',
    'a:123456',
    'a?b',
    'a#b',
    'a\\b',
  ])
    t.notOk(isHost(host), host)
})
