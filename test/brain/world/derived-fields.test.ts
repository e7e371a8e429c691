import t from 'tap'
import { fieldsOf, fieldTree } from '../../../brain/world/derived-fields.js'
import { parseJson } from '../../../core/contract/json.js'

t.test('fields become a tree and come back as they were, but for those of one body', async t => {
  const link = '<http://a/b?page=2>; rel="next", <http://a/b?page=9>; rel="last"'
  const fields = ['x-total-count', '42', 'etag', '"a"', 'link', link, 'vary', 'accept', 'vary', 'cookie']
  t.same(fieldsOf(fieldTree(fields)), ['x-total-count', '42', 'link', link, 'vary', 'accept', 'vary', 'cookie'])
})

t.test('a Link that says more than relations stays one text', async t => {
  const link = '<http://a/b>; rel="next"; title="more"'
  t.same(fieldsOf(fieldTree(['link', link])), ['link', link])
})

t.test('a link of which one address is not known is no field at all', async t => {
  const tree = { kind: 'object', entries: [['link', { kind: 'object', entries: [] }]] } as const
  t.same(fieldsOf(tree), [])
  t.same(fieldsOf(undefined), [])
})

t.test(
  'what a question smuggles into a field is in no field: no line ends, and nothing that octets cannot hold',
  async t => {
    const tree = (value: string) =>
      parseJson(JSON.stringify({ 'x-query': value, link: { next: `/a?q=${value}` }, ok: 'b' }))
    t.same(fieldsOf(tree('a\tb é')), ['x-query', 'a\tb é', 'link', '</a?q=a\tb é>; rel="next"', 'ok', 'b'])
    for (const value of ['a\r\nset-cookie: x=1', 'a\nb', 'a\rb', '\0', '\x7f', '\u010d\u010a', '👻'])
      t.same(fieldsOf(tree(value)), ['ok', 'b'], JSON.stringify(value))
  },
)
