import t from 'tap'
import { fieldsOf, fieldTree } from '../../../brain/world/derived-fields.js'

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
