import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import t from 'tap'
import { readCurl } from '../../core/contract/curl-line.js'
import { curlOf, type WrittenRequest } from '../../dashboard/src/curl-writer.js'

const BASH = '/bin/bash'
const origin = 'http://localhost:8080'
const hostile: WrittenRequest[] = [
  { method: 'GET', target: '/users/7?a[]=1&b={x}', headers: [], body: '' },
  {
    method: 'GET',
    target: `/a'b"c$(touch\${IFS}x)\`touch\${IFS}y\`;rm&&|\\`,
    headers: ['accept', `'"$HOME`],
    body: '',
  },
  {
    method: 'POST',
    target: '/b',
    headers: ['content-type', 'application/json'],
    body: `{"a": "it's\\n\n\t\u001b[2J\u0085"}`,
  },
  { method: 'PUT', target: '/c', headers: [], body: '@/etc/passwd' },
  { method: 'DELETE', target: '/../d?--data=x', headers: ['accept', '-o /tmp/x'], body: '' },
  { method: "X'; touch z; '", target: '/', headers: [], body: '' },
  { method: 'HEAD', target: '/ünïcode/日本', headers: [], body: '' },
]

t.test('each request comes back from its line', async t => {
  for (const request of hostile) {
    const read = readCurl(curlOf(request, origin))
    if (!read.ok) throw new Error(read.problem)
    const { method, path, body, headers } = read.request
    t.same({ method, path, body }, { method: request.method.toUpperCase(), path: request.target, body: request.body })
    t.same(Object.entries(headers).flat().slice(0, request.headers.length), request.headers)
  }
})

t.test(
  'a shell takes it for words, and does nothing',
  { skip: !existsSync(BASH) && `there is no ${BASH}` },
  async t => {
    for (const request of hostile) {
      const line = curlOf(request, origin)
      t.notMatch(line, /\p{Cc}/u, 'nothing in it acts on a terminal')
      const words = execFileSync(BASH, ['-c', `set -- ${line}; printf '%s\\0' "$@"`], {
        env: { LC_ALL: 'C.UTF-8' },
        encoding: 'utf8',
      }).split('\0')
      t.equal(words[3], origin + request.target)
      if (request.body !== '') t.equal(words.at(-2), request.body)
      if (request.headers.length > 0) t.ok(words.includes(`${request.headers[0]}: ${request.headers[1]}`))
    }
  },
)
