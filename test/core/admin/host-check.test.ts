import t from 'tap'
import { isOwnHost } from '../../../core/admin/host-check.js'

t.test('addresses, loopback names and the configured name are ours', async t => {
  for (const host of [
    'localhost',
    'localhost:9090',
    'LOCALHOST',
    'a.localhost:1',
    '127.0.0.1:9090',
    '[::1]:9090',
    '[::1]',
    '10.1.2.3',
    'chaos.internal:9090',
    'Chaos.Internal',
  ])
    t.ok(isOwnHost(host, ['0.0.0.0', 'chaos.internal']), host)
})

t.test('every other name is not', async t => {
  for (const host of [
    undefined,
    '',
    'evil.example',
    'evil.example:9090',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'notlocalhost',
    '127.0.0.1@evil.example',
    'chaos.internal.evil.example',
  ])
    t.notOk(isOwnHost(host, ['0.0.0.0', 'chaos.internal']), String(host))
  t.notOk(isOwnHost('', ['']), 'no name is nobody')
})
