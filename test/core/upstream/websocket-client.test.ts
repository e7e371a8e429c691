import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { FaultCode } from '../../../core/contract/faults.js'
import type { UpstreamEnd } from '../../../core/contract/websocket.js'
import { parseUpstream, type UpstreamAddress } from '../../../core/upstream/address.js'
import {
  type HandshakeSink,
  WebSocketClient,
  type WebSocketClientOptions,
} from '../../../core/upstream/websocket-client.js'
import { startWebSocketOrigin } from '../../support/websocket-origin.js'
import { deadAddress, openClient, openOrigin } from './raw-origin.js'

const options: WebSocketClientOptions = { connectTimeoutMs: 1000, responseTimeoutMs: 5000, maxHeaderBytes: 8192 }

interface Result {
  readonly end?: UpstreamEnd
  readonly headers?: readonly string[]
  readonly protocol?: string
  readonly status?: number
  readonly body?: string
  readonly fault?: FaultCode
}

const headOf = (path: string, fields: readonly string[] = []): string =>
  [`GET ${path} HTTP/1.1`, 'host: upstream.test', ...fields, '\r\n'].join('\r\n')

/** What comes of a handshake. */
function opened(
  t: Test,
  upstreams: readonly UpstreamAddress[],
  head: string,
  changed: Partial<WebSocketClientOptions> = {},
): Promise<Result> {
  return new Promise(resolve => {
    let status = 0
    let headers: readonly string[] = []
    let body = ''
    const sink: HandshakeSink = {
      onOpen: (end, fields, protocol) => resolve({ end, headers: fields, protocol }),
      onHead: (code, _reason, fields) => {
        status = code
        headers = fields
      },
      onData: chunk => {
        body += chunk
      },
      onEnd: () => resolve({ status, headers, body }),
      onFault: fault => resolve({ status, fault }),
    }
    new WebSocketClient(openClient(t, upstreams), { ...options, ...changed }).open(() => head, sink)
  })
}

t.test('the target and the fields go out octet for octet', async t => {
  const origin = await openOrigin(t, (_text, socket) => socket.end('HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n'))
  const { status } = await opened(
    t,
    [origin.address],
    headOf('/a/../b//c?%zz=\\', ['x-one: caf\xe9', 'x-two: 1', 'x-two: 2', 'sec-websocket-key: theirs']),
  )
  t.equal(status, 404)
  const [text] = origin.received
  t.match(text, /^GET \/a\/\.\.\/b\/\/c\?%zz=\\ HTTP\/1\.1\r\n/)
  t.match(text, /\r\nx-one: caf\xe9\r\n/)
  t.match(text, /\r\nx-two: 1\r\nx-two: 2\r\n/)
  t.match(text, /\r\nhost: upstream\.test\r\n/i)
  t.equal(text!.match(/\r\nhost: /gi)!.length, 1)
  t.equal(text!.match(/sec-websocket-key: /gi)!.length, 1)
  t.notMatch(text, /theirs/)
})

t.test('fields of the 101 that are not of the handshake, and the subprotocol, are told', async t => {
  const origin = await startWebSocketOrigin(t)
  const { headers, protocol } = await opened(
    t,
    [parseUpstream(origin.url)],
    headOf('/chosen', ['sec-websocket-protocol: a, b']),
  )
  t.equal(protocol, 'b')
  t.notOk(headers!.some(field => field.startsWith('sec-websocket')))
  const cookies = await opened(t, [parseUpstream(origin.url)], headOf('/cookie'))
  t.equal(cookies.headers!.filter(field => field === 'set-cookie').length, 2)
})

t.test('an upstream that does not accept the connection is passed over for another', async t => {
  const origin = await startWebSocketOrigin(t)
  const { end } = await opened(t, [await deadAddress(), parseUpstream(origin.url)], headOf('/open'))
  t.ok(end)
  const other = await opened(t, [parseUpstream(origin.url), await deadAddress()], headOf('/open'))
  t.ok(other.end, 'whichever is the first')
  t.equal((await opened(t, [await deadAddress()], headOf('/open'))).fault, 'CHAOS_ERR_UPSTREAM_CONNECT_REFUSED')
})

t.test('every way to fail has its name', async t => {
  const answers: Readonly<Record<string, string>> = {
    '/garbage': 'hello there\r\n\r\n',
    '/no-accept': 'HTTP/1.1 101 Ok\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    '/other-protocol': 'HTTP/1.1 101 Ok\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
    '/long': `HTTP/1.1 404 No\r\nX: ${'x'.repeat(9000)}\r\n\r\n`,
    '/cut': 'HTTP/1.1 404 No\r\nContent-Length: 50\r\n\r\nshort',
    '/hang-up': '',
  }
  const origin = await openOrigin(t, (text, socket) => {
    const answer = answers[text.split(' ')[1]!]
    if (answer !== undefined) socket.end(answer)
  })
  for (const [path, fault] of [
    ['/garbage', 'CHAOS_ERR_UPSTREAM_MALFORMED'],
    ['/no-accept', 'CHAOS_ERR_UPSTREAM_MALFORMED'],
    ['/other-protocol', 'CHAOS_ERR_UPSTREAM_MALFORMED'],
    ['/long', 'CHAOS_ERR_UPSTREAM_HEADER_TOO_LARGE'],
    ['/cut', 'CHAOS_ERR_UPSTREAM_TRUNCATED'],
    ['/hang-up', 'CHAOS_ERR_UPSTREAM_RESET'],
  ] as const) {
    t.equal((await opened(t, [origin.address], headOf(path))).fault, fault, path)
  }
  const late = await opened(t, [origin.address], headOf('/silent'), { responseTimeoutMs: 20 })
  t.equal(late.fault, 'CHAOS_ERR_UPSTREAM_RESPONSE_TIMEOUT')
})

t.test('a handshake that is aborted closes its connection and says nothing', async t => {
  let seen: () => void
  const arrived = new Promise<void>(resolve => {
    seen = resolve
  })
  const origin = await openOrigin(t, () => seen())
  const said: string[] = []
  const say = (what: string) => (): void => void said.push(what)
  const call = new WebSocketClient(openClient(t, [origin.address]), options).open(() => headOf('/silent'), {
    onOpen: say('open'),
    onHead: say('head'),
    onData: say('data'),
    onEnd: say('end'),
    onFault: say('fault'),
  })
  await arrived
  const closed = once(origin.sockets[0]!, 'close')
  call.abort()
  await closed
  t.same(said, [])
})

t.test('over TLS, checked against the certificates of the settings', async t => {
  const directory = t.testdir()
  const key = join(directory, 'key.pem')
  const cert = join(directory, 'cert.pem')
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  try {
    execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' })
  } catch {
    t.pass('no openssl on this machine')
    return
  }
  const pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  const origin = await startWebSocketOrigin(t, { tls: pair })
  const upstream = parseUpstream(origin.url)
  const { end } = await opened(t, [upstream], headOf('/echo'), { tls: { ca: pair.cert } })
  const answer = new Promise<string>(resolve => {
    end!.listen({
      onMessage: message => resolve(Buffer.from(message).toString()),
      onPing: () => {},
      onPong: () => {},
      onDrain: () => {},
      onClose: () => {},
    })
  })
  end!.send(Buffer.from('secret'), false)
  t.equal(await answer, 'secret')
  end!.cut()
  t.equal((await opened(t, [upstream], headOf('/echo'))).fault, 'CHAOS_ERR_UPSTREAM_TLS', 'and refused without them')
})
