// YAML of people, and YAML of those who mean harm.
import t from 'tap'
import { readOpenApi } from '../../../../core/commands/import/read-openapi.js'
import { readYaml } from '../../../../core/commands/import/read-yaml.js'

const problemOf = (text: string): string => {
  const read = readYaml(text)
  return 'problem' in read ? read.problem : ''
}

t.test('an OpenAPI file as people write it', async t => {
  const read = readYaml(`
openapi: 3.0.3
info: { title: Shop, version: 1.0.0 }
x-json: &json
  description: found
paths:
  /items/{id}:
    parameters:
      - { in: path, name: id, required: true, example: 7 }
    get:
      responses:
        200:
          <<: *json
          content:
            application/json:
              example:
                id: 7
                name: "caf\u00e9"   # a comment
                since: 2024-01-01
                active: yes
                note: >
                  folded
                  text
                ref: &shared [1, 2]
                again: *shared
`)
  t.ok('document' in read)
  if (!('document' in read)) return
  const { exchanges } = readOpenApi(read.document, '/v1')!
  t.equal(exchanges[0]?.target, '/v1/items/7')
  t.same(JSON.parse(exchanges[0]!.body), {
    ...{
      id: 7,
      name: 'caf\u00e9',
      since: '2024-01-01',
      active: 'yes',
      note: 'folded text\n',
      ref: [1, 2],
      again: [1, 2],
    },
  })
  const { paths } = read.document as { paths: Record<string, { get: { responses: Record<string, object> } }> }
  t.match(paths['/items/{id}']?.get.responses['200'], { description: 'found' }, 'merged')
})

t.test('what is no YAML says where', async t => {
  t.match(problemOf('a: [1, 2\nb: 3'), /^it is no YAML that can be read: .*line 2/)
  t.match(problemOf('a: 1\na: 2'), /Map keys must be unique at line 2, column 1/)
  t.match(problemOf('a: *nowhere'), /it is no YAML that can be read: .*nowhere/)
  t.match(problemOf('a: 1\n---\nb: 2'), /it is no YAML/, 'more than one document')
})

t.test('a few lines that stand for billions are refused', async t => {
  const laughs = ['a0: &a0 [lol, lol]']
  for (let i = 1; i < 30; i++)
    laughs.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    )
  t.match(problemOf(laughs.join('\n')), /its aliases stand for more than can be read/)
  const wide = `a: &a ${'x'.repeat(1 << 20)}\nb: [${Array(200).fill('*a').join(', ')}]`
  t.match(problemOf(wide), /with its aliases written out it has more than/)
  const many = `a: &a [${Array(3000).fill('1').join(', ')}]\nb: [${Array(900).fill('*a').join(', ')}]`
  t.match(problemOf(many), /with its aliases written out it has more than 2000000 values/)
  t.ok('document' in readYaml(`a: &a [1, 2]\nb: [${Array(500).fill('*a').join(', ')}]`), 'aliases as people use them')
})

t.test('what has no end, or hardly one', async t => {
  t.match(problemOf('a: &a\n  b: *a'), /nested deeper than 200 levels, or an alias stands within its own anchor/)
  t.match(problemOf(`a: ${'['.repeat(50_000)}${']'.repeat(50_000)}`), /nested deeper than 200 levels/)
  t.match(problemOf('x'.repeat((32 << 20) + 1)), /at most 33554432 are read/)
})

t.test('names that mean something to JavaScript are names', async t => {
  const read = readYaml('__proto__:\n  polluted: 1\nconstructor: 2')
  t.ok('document' in read)
  t.equal(({} as Record<string, unknown>).polluted, undefined)
  t.equal('document' in read && Object.hasOwn(read.document as object, '__proto__'), true)
})
