import t from 'tap'
import { askHealth } from '../../../core/upstream/health-client.js'
import { answer, deadAddress, openOrigin, until } from './raw-origin.js'

const question = { path: '/health?deep=1', waitMs: 5000, maxHeaderBytes: 8192, tls: undefined }

t.test('asks behind the path of the upstream, on a connection of its own, and reads the status only', async t => {
  const origin = await openOrigin(t, (_text, socket) => {
    socket.write(`HTTP/1.1 204 Fine\r\n\r\n`)
  })
  const upstream = { ...origin.address, pathPrefix: '/api' }
  for (let i = 0; i < 2; i++) t.same(await askHealth(upstream, question), { status: 204 })
  t.equal(origin.sockets.length, 2)
  t.match(
    origin.received[0],
    new RegExp(
      `^GET /api/health\\?deep=1 HTTP/1\\.1\r\nhost: ${origin.address.authority}\r\n[^]*connection: close\r\n\r\n$`,
    ),
  )
  await until(() => origin.sockets.every(socket => socket.destroyed))
})

t.test('an endless answer is not read to its end', async t => {
  const origin = await openOrigin(t, (_text, socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\nx'),
  )
  t.same(await askHealth(origin.address, question), { status: 200 })
  await until(() => origin.sockets[0]!.destroyed)
})

t.test('why there is no status', async t => {
  t.same(await askHealth(await deadAddress(), question), { because: 'CHAOS_ERR_UPSTREAM_CONNECT_REFUSED' })
  const resets = await openOrigin(t, (_text, socket) => socket.destroy())
  t.same(await askHealth(resets.address, question), { because: 'CHAOS_ERR_UPSTREAM_RESET' })
  const odd = await openOrigin(t, (_text, socket) => socket.write(answer('x').replace('HTTP/1.1', 'FTP')))
  t.same(await askHealth(odd.address, question), { because: 'CHAOS_ERR_UPSTREAM_MALFORMED' })
  const silent = await openOrigin(t, () => {})
  t.same(await askHealth(silent.address, { ...question, waitMs: 20 }), { because: 'no answer within 20 ms' })
  await until(() => silent.sockets.every(socket => socket.destroyed))
})
