import { gzipSync } from 'node:zlib'
import t from 'tap'
import { type JsonNode, parseJson } from '../../../core/contract/json.js'
import { withId } from '../../../core/ghost/echo-id.js'

const said = (body: string | Buffer, headers: string[] = []) => ({ headers, body: Buffer.from(body) })
const id = (text: string): JsonNode => parseJson(text)!
const text = (answer: { body: Uint8Array } | undefined) => answer && Buffer.from(answer.body).toString()

t.test('the id of the one who asks stands in the answer, exactly as it was spelled', async t => {
  const stored = said('{"jsonrpc":"2.0","id":1,"result":{"id":7,"big":12345678901234567890}}', [
    'etag',
    '"1"',
    'x',
    'y',
  ])
  for (const raw of ['2', '"a\u00e9"', '12345678901234567890', '1.0', 'null'])
    t.equal(
      text(withId(stored, id(raw))),
      stored.body.toString().replace('"id":1', `"id":${raw.replace('\\u00e9', 'é')}`),
    )
  t.same(withId(stored, id('2'))!.headers, ['x', 'y'], 'it is not the answer that the validator names')
})

t.test('where nothing changes the answer stays octet for octet', async t => {
  const stored = said('{ "id": 1, "result": 1 }', ['etag', '"1"'])
  t.equal(withId(stored, id('1')), stored)
  const broken = said('{"id":null,"error":{}}')
  t.equal(withId(broken, id('1')), broken)
})

t.test('coded answers are read; what is no JSON-RPC answer is refused', async t => {
  const coded = said(gzipSync('{"id":1}'), ['content-encoding', 'gzip', 'content-type', 'application/json'])
  t.equal(text(withId(coded, id('2'))), '{"id":2}')
  t.same(withId(coded, id('2'))!.headers, ['content-type', 'application/json'])
  for (const body of ['', '[]', '{"result":1}', 'text', Buffer.from([0xff])])
    t.equal(withId(said(body), id('2')), undefined)
  t.equal(withId(said('xx', ['content-encoding', 'gzip']), id('2')), undefined)
})
