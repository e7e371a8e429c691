import { randomBytes } from 'node:crypto'
import t from 'tap'
import {
  idLookOf,
  idsIn,
  mintTemporaryId,
  withRealIds,
  withRealIdsInJson,
  withRealIdsInUrl,
} from '../../../core/contract/temporary-id.js'

const now = Date.UTC(2026, 0, 1)

t.test('a temporary id looks like those of its kind, and is none of those that are given out', async t => {
  const kinds: [ids: string[], isNumber: boolean, look: RegExp][] = [
    [['1', '2', '17'], true, /^2[01]\d{8}$/],
    [['1', '2', '17'], false, /^2[01]\d{8}$/],
    [['3000000000', '3000000001'], true, /^\d{16}$/],
    [
      ['7f1c2b1e-0c0d-4a51-9d3e-2f6a1b0c9d8e'],
      false,
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    ],
    [['01ARZ3NDEKTSV4RRFFQ69G5FAV', '01BX5ZZKBKACTAV9WEVGEMMVRZ'], false, /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/],
    [['usr_8dK2hPqLm0aZ', 'usr_Zk3mN8pQr1sT'], false, /^usr_[0-9a-zA-Z]{12}$/],
    [['507f1f77bcf86cd799439011', '507f191e810c19729de860ea'], false, /^[0-9a-f]{24}$/],
    [['emma', 'war-and-peace'], false, /^[\w-]{13}$/],
  ]
  for (const [ids, isNumber, look] of kinds) {
    const found = idLookOf(ids, isNumber)!
    t.equal(found.isNumber, isNumber)
    const minted = new Set(Array.from({ length: 50 }, () => mintTemporaryId(found, now, randomBytes)))
    t.equal(minted.size, 50, ids.join())
    for (const id of minted) t.match(id, look)
    if (isNumber) for (const id of minted) t.ok(Number.isSafeInteger(Number(id)))
  }
})

t.test('what has no look that can be imitated has none', async t => {
  t.equal(idLookOf([], false), undefined)
  t.equal(idLookOf(['a b', 'c/d'], false), undefined)
  t.equal(idLookOf(['1.5', '2.5'], true), undefined)
  t.equal(idLookOf([String(2 ** 53 - 5)], true), undefined, 'there is no room beyond')
})

t.test('an id is found where it stands by itself, and nowhere else', async t => {
  const real = new Map([
    ['2000000001', { id: '42', isNumber: true }],
    ['usr_abc', { id: 'usr_"x', isNumber: false }],
  ])
  t.same(idsIn('/books/2000000001/pages?by=usr_abc', real), ['2000000001', 'usr_abc'])
  t.same(idsIn('/books/20000000010?by=xusr_abc', real), [])
  t.equal(withRealIds('/books/2000000001?not=12000000001', real), '/books/42?not=12000000001')
  t.equal(
    withRealIdsInJson(
      '{"id": 2000000001, "s":"2000000001", "l":"/b/2000000001/x", "n":2000000001.5, "u" : "usr_abc"}',
      real,
    ),
    '{"id": 42, "s":"42", "l":"/b/42/x", "n":2000000001.5, "u" : "usr_\\"x"}',
  )
  const odd = new Map([['2000000001', { id: 'a/b HTTP/1.1\r\nx: \ud800', isNumber: false }]])
  t.equal(withRealIdsInUrl('/books/2000000001?x', odd), '/books/a%2Fb%20HTTP%2F1.1%0D%0Ax%3A%20%EF%BF%BD?x')
  const text = new Map([['2000000001', { id: 'abc', isNumber: false }]])
  t.equal(withRealIdsInJson('[2000000001,"2000000001"]', text), '["abc","abc"]', 'still JSON')
  const same = '{ "a" : 1.50, "b":"\\u00e9" }'
  t.equal(withRealIdsInJson(same, real), same, 'all else is spelled as it was')
})
