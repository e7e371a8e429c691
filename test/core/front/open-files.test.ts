import t from 'tap'
import { clientsWithin, openFilesLimit } from '../../../core/front/open-files.js'

t.test('half of what is left is for clients, the other half for their upstreams', async t => {
  t.equal(clientsWithin(1024, 4), (1024 - 96 - 64) / 2)
  t.equal(clientsWithin(64, 2), 2, 'where there is no room at all each edge takes one')
  t.ok(clientsWithin(1_048_576, 16) > 500_000)
})

t.test('the limit of this process', { skip: process.platform === 'linux' ? false : 'read from /proc' }, async t => {
  t.ok(openFilesLimit()! > 100)
})
