import { createServer as createPlain } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { type Answer, Sender, type SenderOptions } from '../../../core/replay/sender.js'
import { makeCertificate } from '../../support/certificate.js'
import { temporaryFolder } from '../../support/proxy.js'

const options: SenderOptions = {
  ...{ connections: 2, timeoutMs: 20_000, connectTimeoutMs: 20_000, idleTimeoutMs: 20_000, maxHeaderBytes: 32_768 },
  tls: undefined,
}

function sent(sender: Sender, head: string, body?: Buffer): Promise<Answer | { fault: string }> {
  return new Promise(resolve => sender.send(head.split(' ', 1)[0]!, { head, body }, true, resolve))
}

async function listening(t: Test, server: ReturnType<typeof createPlain> | ReturnType<typeof createServer>) {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

type Test = { teardown(fn: () => unknown): void }

t.test('one request after the other, bodies whole, and what is too long is said to be', async t => {
  const port = await listening(
    t,
    createPlain(async (request, response) => {
      let body = ''
      for await (const piece of request) body += piece
      if (request.url === '/long') response.end(Buffer.alloc(9 << 20))
      else if (request.url === '/pieces') {
        response.write('one ')
        setImmediate(() => response.end('two'))
      } else response.writeHead(200, { 'content-encoding': 'gzip', location: '/x' }).end(gzipSync(`got ${body}`))
    }),
  )
  const sender = new Sender({ url: '', host: '127.0.0.1', port, tls: false, authority: 'x', pathPrefix: '' }, options)
  t.teardown(() => sender.close())
  const posted = await sent(sender, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n', Buffer.from('abc'))
  t.match(posted, { status: 200, body: gzipSync('got abc') })
  const pieces = (await sent(sender, 'GET /pieces HTTP/1.1\r\nhost: x\r\n\r\n')) as Answer
  t.equal(pieces.body?.toString(), 'one two')
  t.match(await sent(sender, 'GET /long HTTP/1.1\r\nhost: x\r\n\r\n'), { status: 200, body: undefined })
  t.match(await sent(sender, 'GET /pieces HTTP/1.1\r\nhost: x\r\n\r\n'), { status: 200 }, 'and goes on after that')
})

const certificate = makeCertificate(temporaryFolder())
t.test(
  'TLS to an address that was looked at, under the name that the certificate is for',
  { skip: certificate === undefined && 'no openssl' },
  async t => {
    const { cert, key } = certificate!
    const port = await listening(
      t,
      createServer({ cert, key }, (_, response) => response.end('fine')),
    )
    const ask = async (serverName: string): Promise<unknown> => {
      const address = { url: '', host: '127.0.0.1', port, tls: true, authority: serverName, pathPrefix: '', serverName }
      const sender = new Sender(address, { ...options, tls: { ca: cert } })
      t.teardown(() => sender.close())
      return sent(sender, `GET / HTTP/1.1\r\nhost: ${serverName}\r\n\r\n`)
    }
    t.match(await ask('localhost'), { status: 200 })
    t.match(await ask('other.example'), { fault: 'CHAOS_ERR_UPSTREAM_TLS' }, 'the certificate of another name')
  },
)
