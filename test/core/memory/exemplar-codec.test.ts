import t from 'tap'
import { decodeExemplar } from '../../../core/memory/exemplar-codec.js'

t.test('an exemplar from before requests had bodies is read', async t => {
  const head = Buffer.from('{"key":"k","method":"GET","status":200,"headers":[]}')
  const size = Buffer.alloc(4)
  size.writeUInt32LE(head.length)
  t.same(decodeExemplar(Buffer.concat([size, head, Buffer.from('body')])), {
    key: 'k',
    method: 'GET',
    status: 200,
    headers: [],
    requestBody: Buffer.alloc(0),
    body: Buffer.from('body'),
  })
})
