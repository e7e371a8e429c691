import t from 'tap'
import { type JsonNode, readJsonNodes } from '../../dashboard/src/json-nodes.js'

/** As JSON again. */
function printed(node: JsonNode): string {
  switch (node.kind) {
    case 'array':
      return `[${node.items.map(printed).join()}]`
    case 'object':
      return `{${node.members.map(([name, child]) => `${JSON.stringify(name)}:${printed(child)}`).join()}}`
    case 'string':
      return JSON.stringify(node.text)
    default:
      return node.text
  }
}

const again = (text: string): string | undefined => {
  const node = readJsonNodes(text)
  return node === undefined ? undefined : printed(node)
}

t.test('nothing is lost: large numbers, members twice, their order', async t => {
  for (const text of [
    '{"id":12345678901234567890,"a":1.50,"a":-0,"b":[true,false,null,[]],"c":{},"d":1E+2}',
    '"<img src=x onerror=alert(1)>"',
    '[{"2":1,"1":2},"\\u2028\\\\\\""]',
    '0',
    '"\u007f\u0085"',
  ])
    t.equal(again(text), text === '[{"2":1,"1":2},"\\u2028\\\\\\""]' ? '[{"2":1,"1":2},"\u2028\\\\\\""]' : text)
  t.equal(again(' [ 1 , { "a" : [ ] } ]\n'), '[1,{"a":[]}]')
})

t.test('what JSON.parse refuses is no JSON here either', async t => {
  for (const text of [
    ...['', ' ', '{', '[1,]', '{"a":}', '{a:1}', '01', '1.', '.5', '+1', 'NaN', 'tru', "'a'", '[1 2]', '"a', '"\t"'],
    ...['"\\x41"', '{"a":1}x', '[,1]', '{"a" 1}', '"\\u12"', 'nulll', '-', '[]]', '\u00a0[]'],
  ]) {
    t.throws(() => JSON.parse(text), text)
    t.equal(again(text), undefined, text)
  }
})

t.test('a document as deep as it may come is text, not a crash', async t => {
  t.equal(readJsonNodes('['.repeat(100_000)), undefined)
  t.equal(readJsonNodes('['.repeat(100_000) + ']'.repeat(100_000)), undefined)
  t.ok(readJsonNodes('['.repeat(150) + ']'.repeat(150)))
})
