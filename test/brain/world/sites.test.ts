import t from 'tap'
import { identifierOf, idRank, listSites, objectSites, rowsAt } from '../../../brain/world/sites.js'
import type { JsonArray } from '../../../brain/world/tree.js'
import { type JsonNode, parseJson, printJson } from '../../../core/contract/json.js'

const json = (text: string): JsonNode => parseJson(text)!
const printed = (rows: readonly JsonNode[] | undefined) => rows?.map(row => printJson(row))

t.test('finds lists of objects, wherever an envelope puts them, and finds them again', async t => {
  const body = json('{"meta":{"n":2},"data":{"items":[{"id":1},{"id":2}],"tags":["a","b"],"none":[]}}')
  const [found, ...more] = listSites(body)
  t.same(more, [])
  t.same(found!.site, { kind: 'many', path: ['data', 'items'] })
  t.same(printed(found!.rows), ['{"id":1}', '{"id":2}'])
  t.equal(found!.leaves, 2)
  t.same(printed(rowsAt(json('{"data":{"items":[{"id":3}]}}'), found!.site)), ['{"id":3}'])
  t.same(rowsAt(json('{"data":{"items":[]}}'), found!.site), [], 'an empty list has none')
  t.equal(rowsAt(json('{"data":{}}'), found!.site), undefined, 'another body has no such place')
  t.equal(rowsAt(json('{"data":{"items":[1]}}'), found!.site), undefined)
  t.equal(rowsAt(json('{"data":{"items":{"id":1}}}'), found!.site), undefined)
})

t.test('a list of lists that are mixed, empty or too deep is no list of records', async t => {
  for (const text of ['[1,2]', '[{"a":1},2]', '[{}]', '[]', '{"a":{"b":{"c":{"d":{"e":[{"id":1}]}}}}}'])
    t.same(listSites(json(text)), [], text)
})

t.test('rows beside a list of as many names are a table', async t => {
  const body = json('{"columns":["id","name"],"rows":[[1,"a"],[2,"b"]]}')
  const found = listSites(body).find(({ site }) => site.kind === 'table')!
  t.same(found.site, { kind: 'table', path: ['rows'], columns: 'columns' })
  t.same(printed(found.rows), ['{"id":1,"name":"a"}', '{"id":2,"name":"b"}'])
  t.same(printed(rowsAt(json('{"columns":["name","id"],"rows":[["c",3]]}'), found.site)), ['{"name":"c","id":3}'])
  t.equal(rowsAt(json('{"columns":["id"],"rows":[[1,"a"]]}'), found.site), undefined, 'a row too long for the names')
})

t.test('rows are no table where they differ in length, or the names are not distinct, or no names', async t => {
  for (const text of [
    '{"columns":["id","name"],"rows":[[1,"a"],[2]]}',
    '{"columns":["id","id"],"rows":[[1,"a"]]}',
    '{"columns":["id",7],"rows":[[1,"a"]]}',
    '{"columns":["id"],"rows":[[1,"a"]]}',
  ])
    t.notOk(
      listSites(json(text)).some(({ site }) => site.kind === 'table'),
      text,
    )
})

t.test('single objects come the outermost first, down to the third', async t => {
  t.same(
    objectSites(json('{"a":{"b":{"c":{"d":1}}},"e":{"f":1}}')).map(({ site }) => site.path.join('.')),
    ['', 'a', 'e', 'a.b'],
  )
})

t.test('the identifier is there in all rows and different in all: by its name, else the first member', async t => {
  const of = (text: string, preferred?: string) => identifierOf((json(text) as JsonArray).items, preferred)
  t.equal(of('[{"name":"x","id":1},{"name":"x","id":2}]'), 'id')
  t.equal(of('[{"slug":"a","user_id":1},{"slug":"b","user_id":2}]'), 'user_id', 'of two names the more telling')
  t.equal(of('[{"id":1,"code":"a"},{"id":1,"code":"b"}]'), 'code', 'what stands twice tells nothing apart')
  t.equal(of('[{"id":1,"code":"a"},{"code":"b"}]'), 'code', 'and neither does what is not always there')
  t.equal(of('[{"word":"a","n":1},{"word":"b","n":1}]'), 'word')
  t.equal(of('[{"n":1,"word":"a"},{"n":1,"word":"b"}]'), undefined, 'no other than the first is guessed')
  t.equal(of('[{"word":"a"}]'), undefined, 'one row tells nothing apart')
  t.equal(of('[{"id":1,"code":"a"},{"id":2,"code":"b"}]', 'code'), 'code', 'what is known goes before the name')
  t.equal(of('[{"id":1,"code":"a"},{"id":2,"code":"a"}]', 'code'), 'id', 'unless it does not hold')
  t.equal(of('[{"id":18446744073709551614},{"id":18446744073709551615}]'), 'id', 'beyond what a double tells apart')
  t.equal(of('[]'), undefined)
})

t.test('names of identifiers are ranked', async t => {
  const ranks = ['id', 'uuid', 'userId', 'slug'].map(name => idRank(name)!)
  t.same(
    ranks,
    [...ranks].sort((a, b) => a - b),
  )
  for (const name of ['paid', 'valid', 'name', 'ID3']) t.equal(idRank(name), undefined, name)
})
