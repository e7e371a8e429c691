// While no edge runs the acceptor answers by itself, on a real socket.
import { Agent, get, type IncomingMessage } from 'node:http'
import t from 'tap'
import { openUwsAcceptor } from '../../../core/front/uws-acceptor.js'
import { loadUws } from '../../../core/front/uws-loader.js'

const loaded = await loadUws(32 * 1024)

t.test(
  'without an edge a client is refused, told to come back, and let go',
  { skip: loaded.ok ? false : loaded.because },
  async t => {
    if (!loaded.ok) return
    const acceptor = openUwsAcceptor(loaded.uws, undefined)
    const port = await acceptor.listen('127.0.0.1', 0)
    t.teardown(() => acceptor.stop())
    const agent = new Agent({ keepAlive: true })
    t.teardown(() => agent.destroy())
    const reply = await new Promise<{ answer: IncomingMessage; body: string }>((resolve, reject) => {
      get({ host: '127.0.0.1', port, path: '/items/1', agent }, answer => {
        let body = ''
        answer.on('data', piece => {
          body += piece
        })
        answer.on('end', () => resolve({ answer, body }))
      }).on('error', reject)
    })
    t.equal(reply.answer.statusCode, 503)
    t.match(reply.answer.headers, {
      connection: 'close',
      'retry-after': '1',
      'content-type': 'application/problem+json',
      'proxy-status': /CHAOS_ERR_INTERNAL_NO_EDGE/,
    })
    t.match(JSON.parse(reply.body), { status: 503, code: 'CHAOS_ERR_INTERNAL_NO_EDGE' })
  },
)
