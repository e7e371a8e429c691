import t from 'tap'
import { asksForWebSocket } from '../../../core/http1/upgrade.js'

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const whole = {
  upgrade: 'websocket',
  connection: 'keep-alive, Upgrade',
  'sec-websocket-version': '13',
  'sec-websocket-key': key,
}
const asks = (changes: Record<string, string | undefined>, method = 'GET'): boolean =>
  asksForWebSocket(
    method,
    Object.entries({ ...whole, ...changes }).flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
  )

t.test('a handshake as RFC 6455 §4.2.1 wants it', async t => {
  t.ok(asks({}))
  t.ok(asks({ upgrade: 'WebSocket', connection: 'upgrade', 'content-length': '0' }))
})

t.test('anything less is an ordinary request', async t => {
  t.notOk(asks({}, 'POST'))
  t.notOk(asks({ upgrade: undefined }))
  t.notOk(asks({ upgrade: 'h2c' }))
  t.notOk(asks({ connection: 'keep-alive' }))
  t.notOk(asks({ 'sec-websocket-version': '8' }))
  t.notOk(asks({ 'sec-websocket-version': undefined }))
  t.notOk(asks({ 'sec-websocket-key': undefined }))
  t.notOk(asks({ 'sec-websocket-key': 'short' }))
  t.notOk(asksForWebSocket('GET', [...Object.entries(whole).flat(), 'sec-websocket-key', key]), 'two keys')
})

t.test('one with a body is not taken: it could be read in two ways', async t => {
  t.notOk(asks({ 'content-length': '5' }))
  t.notOk(asks({ 'transfer-encoding': 'chunked' }))
})
