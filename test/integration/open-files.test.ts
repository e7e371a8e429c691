// A real proxy under a limit of open files that its clients reach: it is not taken for a failing upstream, those who are in go
// on, the others are told or wait, and all is well when there is room again.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { startOrigin } from '../support/origin.js'
import { startProxy } from '../support/proxy.js'

const FILES = 220
const CLIENTS = 250

for (const front of ['strict', 'uws'])
  t.test(front, async t => {
    const origin = await startOrigin(t)
    const proxy = await startProxy(t, origin.url, { CHAOS_FRONT: front }, FILES)
    t.match(proxy.output(), /the limit of open files has room for fewer clients/)
    const said: string[] = []
    const sockets: Socket[] = []
    for (let i = 0; i < CLIENTS; i++) {
      const socket = connect(proxy.port, '127.0.0.1')
      sockets.push(socket)
      socket.on('error', () => {})
      socket.setEncoding('latin1')
      socket.on('data', (text: string) => said.push(text.slice(0, 400)))
      await once(socket, 'connect')
      socket.write(`GET /users/${1 + (i % 50)} HTTP/1.1\r\nHost: x\r\n\r\n`)
    }
    const refused = (): number => said.filter(text => /^HTTP\/1\.1 503 /.test(text)).length
    while (refused() === 0) await new Promise(resolve => setTimeout(resolve, 10))
    const codes = said.filter(text => /^HTTP\/1\.1 5/.test(text)).map(text => /CHAOS_ERR_\w+/.exec(text)?.[0])
    for (const code of codes) t.match(code, /^CHAOS_ERR_(CLIENTS_FULL|INTERNAL_NO_HANDLES)$/)
    for (const socket of sockets) socket.destroy()
    // Closed by this side; the proxy needs a moment to see it.
    let reply = await proxy.get('/users/1').catch(() => undefined)
    while (reply?.status !== 200) reply = await proxy.get('/users/1').catch(() => undefined)
    t.match(await proxy.admin('/api/status'), { circuit: { state: 'closed', opened: 0 } })
  })
