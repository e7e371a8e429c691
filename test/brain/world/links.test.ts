import t from 'tap'
import { follow, linkBetween, type NestedPair } from '../../../brain/world/links.js'
import { RecordType } from '../../../brain/world/records.js'
import type { JsonObject } from '../../../brain/world/tree.js'
import { parseJson, printJson } from '../../../core/contract/json.js'

const row = (value: object): JsonObject => parseJson(JSON.stringify(value)) as JsonObject
const pair = (of: { id: number; [name: string]: unknown }, nested: object[], isList: boolean): NestedPair => ({
  row: row(of),
  id: String(of.id),
  nested: nested.map(row),
  isList,
})

function typeOf(rows: readonly object[]): RecordType {
  const type = new RecordType('t', 'thing', 'id')
  for (const one of rows) type.take('', String((one as { id: unknown }).id), row(one), 'shown', 1)
  return type
}

t.test('a record leads to the one whose identifier stands in a member of it', async t => {
  const authors = typeOf([
    { id: 3, name: 'Ada' },
    { id: 4, name: 'Bob' },
  ])
  // `shelf` equals the author's identifier once, by chance.
  const pairs = [
    pair({ id: 1, shelf: 3, authorId: 3 }, [{ id: 3, name: 'Ada' }], false),
    pair({ id: 2, shelf: 9, authorId: 4 }, [{ id: 4, name: 'Bob' }], false),
  ]
  const link = linkBetween(pairs, authors)
  t.same(link, { kind: 'one', via: 'authorId' })
  const led = follow(link!, row({ id: 7, shelf: 3, authorId: 4 }), '7', authors, 'shown', '')
  t.same(JSON.parse(printJson(led!.node)), { id: 4, name: 'Bob' })
  t.equal(led!.certainty, 1)
  t.equal(follow(link!, row({ id: 7, authorId: 99 }), '7', authors, 'shown', ''), undefined, 'nobody knows that author')
})

t.test(
  'a record leads to all that name it, in the order of their identifiers, and not to those that are gone',
  async t => {
    const books = typeOf([
      { id: 10, authorId: 3 },
      { id: 2, authorId: 3 },
      { id: 5, authorId: 4 },
      { id: 7, authorId: 3 },
    ])
    const link = linkBetween(
      [pair({ id: 3 }, [{ id: 2, authorId: 3 }], true), pair({ id: 4 }, [{ id: 5, authorId: 4 }], true)],
      books,
    )
    t.same(link, { kind: 'many', via: 'authorId' })
    const ids = (): number[] =>
      JSON.parse(printJson(follow(link!, row({ id: 3 }), '3', books, 'shown', '')!.node)).map(
        ({ id }: { id: number }) => id,
      )
    t.same(ids(), [2, 7, 10])
    books.bury('', books.find('', '7')!, 2)
    t.same(ids(), [2, 10])
  },
)

t.test('what does not hold for all is no link', async t => {
  const authors = typeOf([{ id: 3, name: 'Ada' }])
  t.equal(linkBetween([], authors), undefined)
  const pairs = [
    pair({ id: 1, authorId: 3 }, [{ id: 3, name: 'Ada' }], false),
    pair({ id: 2, authorId: 3 }, [{ id: 4, name: 'Bob' }], false),
  ]
  t.equal(linkBetween(pairs, authors), undefined)
})
