import t from 'tap'
import { type JsonNode, parseJson, printJson } from '../../../core/contract/json.js'

const around = (text: string): string | undefined => {
  const node = parseJson(text)
  return node === undefined ? undefined : printJson(node)
}

t.test('keeps what JSON.parse loses', async t => {
  t.equal(
    around('{"id":9007199254740993,"price":1.10,"big":1e400}'),
    '{"id":9007199254740993,"price":1.10,"big":1e400}',
  )
  t.equal(around('{"b":1,"a":2,"1":3}'), '{"b":1,"a":2,"1":3}', 'members keep their order')
})

t.test('reads whatever JSON.parse reads, and nothing else', async t => {
  const good = [
    '{}',
    '[]',
    ' [ 1 , -0 , 0.5 , 1E+2 , 1e-2 ] ',
    '"a\\u0041\\n\\"\\\\\\/ é 😀"',
    '"\\ud800"',
    'true',
    'null',
    '{"":{"":[[],{}]}}',
    '\t\r\n false',
  ]
  for (const text of good) t.same(JSON.parse(around(text)!), JSON.parse(text), text)
  const bad = [
    '',
    ' ',
    '01',
    '1.',
    '.5',
    '+1',
    '1e',
    '--1',
    'NaN',
    'tru',
    'nul',
    '"',
    '"a',
    '"\\x"',
    '"\\u12"',
    '"a\nb"',
    "'a'",
    '{',
    '{a:1}',
    '{"a"}',
    '{"a":1,}',
    '{"a" 1}',
    '[1,]',
    '[1 2]',
    '[',
    '1 2',
    '{}{}',
    '\u00a01',
    '\ufeff{}',
  ]
  for (const text of bad) {
    t.throws(() => JSON.parse(text), text)
    t.equal(parseJson(text), undefined, text)
  }
})

t.test('a name that stands twice in one object makes it unreadable: readers differ in what it means', async t => {
  t.equal(parseJson('{"a":1,"a":1}'), undefined)
  t.equal(parseJson('{"a":1,"\\u0061":1}'), undefined, 'however it is spelled')
  t.ok(parseJson('[{"a":1},{"a":1}]'))
})

t.test('__proto__ is a name like any other', async t => {
  const text = '{"__proto__":{"polluted":true},"constructor":1}'
  t.equal(around(text), text)
  t.equal(({} as { polluted?: boolean }).polluted, undefined)
})

t.test('depth and size cost an error, never the stack', async t => {
  t.ok(parseJson('['.repeat(64) + ']'.repeat(64)))
  t.equal(parseJson('['.repeat(66) + ']'.repeat(66)), undefined)
  t.equal(parseJson('['.repeat(1_000_000)), undefined)
  t.equal(parseJson('{"a":'.repeat(1_000_000)), undefined)
  t.equal(parseJson(`[${'1,'.repeat(10)}1]`, { maxDepth: 8, maxNodes: 10 }), undefined)
})

t.test('what it prints, it reads again: random trees', async t => {
  let seed = 7
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % below
  }
  const word = (): string => Array.from({ length: random(6) }, () => String.fromCharCode(random(0x1_0000))).join('')
  const tree = (depth: number): JsonNode => {
    switch (random(depth > 4 ? 3 : 5)) {
      case 0:
        return { kind: 'string', value: word() }
      case 1:
        return { kind: 'number', raw: String(random(1_000_000) / 1000) }
      case 2:
        return { kind: 'literal', raw: (['true', 'false', 'null'] as const)[random(3)]! }
      case 3:
        return { kind: 'array', items: Array.from({ length: random(4) }, () => tree(depth + 1)) }
      default: {
        const names = new Set(Array.from({ length: random(4) }, word))
        return { kind: 'object', entries: [...names].map(name => [name, tree(depth + 1)] as const) }
      }
    }
  }
  for (let i = 0; i < 500; i++) {
    const node = tree(0)
    const text = printJson(node)
    JSON.parse(text)
    if (printJson(parseJson(text)!) !== text) t.fail(text)
  }
})

t.test('objects of a list are read alike, however their names follow each other', async t => {
  const names = ['a', 'b', 'id', 'name', 'né', 'with space', 'q"uote', 'back\\slash', 'line\nbreak', '__proto__', '']
  let seed = 7
  const below = (n: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return Math.floor((seed / 2147483648) * n)
  }
  for (let round = 0; round < 2000; round++) {
    const rows = Array.from({ length: 1 + below(4) }, () =>
      Array.from(
        { length: below(14) },
        (_, i) => [names[below(names.length)]!, below(2) === 0 ? i : { [names[below(5)]!]: i }] as const,
      ),
    )
    const text = `[${rows.map(row => `{${row.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`).join()}]`
    const isRepeated = rows.some(row => new Set(row.map(([name]) => name)).size < row.length)
    const node = parseJson(text)
    if (isRepeated ? node !== undefined : node === undefined || printJson(node) !== text) t.fail(text)
  }
  t.pass('all of them')
})

t.test('a name is no other for looking like that of the object before', async t => {
  t.equal(parseJson('[{"a\\nb":1},{"a\nb":2}]'), undefined, 'a line break must be escaped')
  t.equal(parseJson('[{"a\\"":1},{"a"":2}]'), undefined, 'a quote must be escaped')
  t.equal(parseJson('[{"a":1,"b":2},{"a":1,"a":2}]'), undefined)
  t.equal(parseJson('[{"a":1,"b":2},{"b":1,"a":2,"b":3}]'), undefined)
  t.equal(parseJson('[{"ab":1},{"a":2}'), undefined)
  t.equal(printJson(parseJson('[{"ab":1},{"a":2},{"abc":3}]')!), '[{"ab":1},{"a":2},{"abc":3}]')
})

t.test('numbers are those of RFC 8259, and nothing else', async t => {
  for (const text of ['0', '-0', '10', '1.50', '1e5', '1E+05', '-1.0e-7', '12345678901234567890'])
    t.same(parseJson(text), { kind: 'number', raw: text })
  for (const text of ['-', '01', '1.', '.5', '1e', '1e+', '+1', '--1', '1.e5', 'NaN', '0x1', '1_0'])
    t.equal(parseJson(text), undefined, text)
})
