import t from 'tap'
import { isToken, listHas, parseContentLength, parseFields } from '../../../core/http1/fields.js'

const parse = (text: string): string[] | undefined => parseFields(text, 0, text.length)

t.test('field lines become a flat list, names in lower case, order and repetition kept', async t => {
  t.same(parse('Host: a\r\nX-Y:\t b c \t\r\nset-cookie: 1\r\nSet-Cookie: 2\r\nEmpty:'), [
    ...['host', 'a', 'x-y', 'b c', 'set-cookie', '1', 'set-cookie', '2', 'empty', ''],
  ])
  t.same(parse(''), [])
  t.same(parse('a: caf\xe9\xff'), ['a', 'caf\xe9\xff'], 'octets of 0x80 and more stay')
  t.same(parseFields('xxA: 1\r\nB: 2yy', 2, 12), ['a', '1', 'b', '2'], 'only the range that was asked for')
})

t.test('what is not a field line is refused', async t => {
  for (const line of [
    ...['no colon', ': no name', 'a : blank before', ' a: fold', '\ta: fold', 'a: 1\r\n folded', 'a b: c', 'a\x00: 1'],
    ...['a: \x00', 'a: b\x01', 'a: b\rc', 'a: b\nc', 'a: b\n', 'a: \x7f', 'a: 1\r\n\r\nb: 2', 'caf\xe9: 1', 'a"b: 1'],
  ]) {
    t.equal(parse(line), undefined, JSON.stringify(line))
  }
})

t.test('a tab beside a transfer coding is refused: some readers know only the space there', async t => {
  for (const line of ['Transfer-Encoding:\tchunked', 'transfer-encoding: chunked\t', 'TRANSFER-ENCODING: \t chunked'])
    t.equal(parse(`A: 1\r\n${line}\r\nB: 2`), undefined, JSON.stringify(line))
  t.same(parse('Transfer-Encoding: \x20chunked '), ['transfer-encoding', 'chunked'])
})

t.test('a content-length is digits, or a list of one and the same number', async t => {
  for (const [value, length] of [
    ...([
      ['0', 0],
      ['7', 7],
      ['007', 7],
      ['999999999999999', 999999999999999],
      ['5, 5', 5],
      ['5,5,5', 5],
    ] as const),
    ...(
      ['', '-1', '+1', ' 1', '1 ', '0x10', '1e3', '1.0', '5,6', '5,', ',5', ',', '1000000000000000', '１'] as const
    ).map(bad => [bad, -1] as const),
  ]) {
    t.equal(parseContentLength(value), length, JSON.stringify(value))
  }
})

t.test('tokens and lists of tokens', async t => {
  t.ok(isToken("!#$%&'*+-.^_`|~aZ09"))
  for (const bad of ['', 'a b', 'a:', '(', 'é', 'a\n', '\u0141']) t.notOk(isToken(bad), JSON.stringify(bad))
  t.ok(listHas('a, ,Close ,b', 'close'))
  t.notOk(listHas('closed, not-close', 'close'))
})
