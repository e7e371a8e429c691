import t from 'tap'
import { readCurl } from '../../../core/contract/curl-line.js'

t.test('lines as people and browsers write them', async t => {
  const lines: [line: string, request: object][] = [
    ['curl http://localhost:8080/users/7', { method: 'GET', path: '/users/7', headers: {}, body: '' }],
    ["curl 'https://api.example/a?b=c&d=%20#top'", { path: '/a?b=c&d=%20' }],
    ['curl localhost', { path: '/' }],
    ['curl localhost?x=1', { path: '/?x=1' }],
    ['curl -XDELETE localhost/a', { method: 'DELETE', path: '/a' }],
    ['curl --request=patch localhost/a', { method: 'PATCH' }],
    ['curl -I localhost/a', { method: 'HEAD' }],
    [
      `curl 'http://h/a' \\\n  -H 'Accept: application/json' \\\r\n  -H "X-Name: it's \\"me\\"" --compressed`,
      { method: 'GET', headers: { accept: 'application/json', 'x-name': 'it\'s "me"' } },
    ],
    [
      `curl h/a -d 'x=1' -d y=2`,
      { method: 'POST', body: 'x=1&y=2', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    ],
    [`curl h/a --json '{"a":1}'`, { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } }],
    [
      `curl h/a -H 'content-type: text/plain' --data-raw $'it\\'s\\n\\u0041'`,
      { body: "it's\nA", headers: { 'content-type': 'text/plain' } },
    ],
    [`curl -G h/a --data-urlencode 'q=a b&c' -d d=1`, { method: 'GET', path: '/a?q=a%20b%26c&d=1', body: '' }],
    [
      `curl -u ann:pw -A agent -b 'a=1' h/`,
      { headers: { authorization: 'Basic YW5uOnB3', 'user-agent': 'agent', cookie: 'a=1' } },
    ],
    ['curl -s -o /dev/null -w %{http_code} --max-time 3 h/a', { path: '/a' }],
  ]
  for (const [line, request] of lines) t.match(readCurl(line), { ok: true, request }, line)
})

t.test('what cannot be read is told', async t => {
  for (const [line, problem] of [
    ['wget h/a', /begin with curl/],
    ['curl', /no URL/],
    ["curl 'h/a", /not closed/],
    ['curl h/a -d @file.json', /names a file/],
    ['curl h/a -F a=b', /form/],
    ['', /begin with curl/],
  ] as const)
    t.match(readCurl(line), { ok: false, problem }, line)
})
