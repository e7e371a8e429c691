// However large, wide or deep an answer is, and whatever is made up to ask: learning ends, and what is kept has a bound. The
// bounds are sizes; something that takes the square of its input would run into the time limit of the suite.
import t from 'tap'
import { learnTemplate } from '../../../brain/learn/template.js'
import { identifierOf, listSites } from '../../../brain/world/sites.js'
import { agrees, derive } from '../../../brain/world/surroundings.js'
import { leafCount, sameNode } from '../../../brain/world/tree.js'
import { type JsonNode, parseJson } from '../../../core/contract/json.js'
import { nodeSimilarity } from '../../../core/contract/similarity.js'
import { LearningModel } from '../../support/learning-model.js'
import { kept } from './kept.js'

const count = 100_000
const names = (n: number, of: (i: number) => string): string =>
  `{${Array.from({ length: n }, (_, i) => `"m${i}":${of(i)}`).join(',')}}`
const list = (n: number, of: (i: number) => string): string =>
  `[${Array.from({ length: n }, (_, i) => of(i)).join(',')}]`
const far = { maxDepth: 64, maxNodes: 2_000_000 }

const bodies: (readonly [string, string])[] = [
  ['a hundred thousand tiny rows', list(count, i => `{"a":${i}}`)],
  ['a million numbers', list(1_000_000, () => '1')],
  ['one row of a hundred thousand members', `[${names(count, String)}]`],
  ['a map of a hundred thousand objects', names(count, i => `{"i":${i}}`)],
  ['a map of twenty thousand tables', names(20_000, i => `[[${i}]]`)],
  [
    'two rows of many identifiers',
    `[${names(50_000, String).replaceAll('":', '_id":')},${names(50_000, String).replaceAll('":', '_id":')}]`,
  ],
  ['lists in lists', `${'['.repeat(60)}${list(20_000, i => `[${i}]`)}${']'.repeat(60)}`],
  ['lists of lists of lists', list(40, a => list(40, b => list(40, c => String(a * 1600 + b * 40 + c))))],
  ['rows within rows', list(100, a => `{"id":${a},"in":${list(100, b => `{"no":${b},"in":[{"x":${a}}]}`)}}`)],
]

t.test('bodies of about 1 MiB are learned and graded, as they are and with all changed', t => {
  for (const [what, body] of bodies) {
    const json = parseJson(body, far)
    t.ok(json !== undefined, `${what}: ${Math.round(body.length / 1024)} KiB`)
    const api = new LearningModel()
    // Past the limit of what is parsed, as if it were higher.
    const headers = ['content-type', 'application/json']
    const tell = (path: string, of: JsonNode, at: number): unknown =>
      api.model.learn(
        { method: 'GET', path, query: `at=${at}`, scope: '', status: 200, headers, redactions: 0, completedAt: at },
        { kind: 'plain' },
        { routeId: 'r', pattern: '/r', params: [] },
        of,
        0,
      )
    const other = parseJson(body.replaceAll('1', '2').replaceAll('m2', 'm1'), far)
    for (let at = 1; at < 4; at++) tell('/r', at === 2 && other !== undefined ? other : json!, at)
    t.equal(nodeSimilarity(json!, json!), 1)
    t.ok(kept(api.model.world).observedLeaves <= 4 * 30_000)
  }
  t.end()
})

t.test('wide objects in another order are the same', t => {
  const wide = parseJson(names(count, String), far)!
  const turned = parseJson(
    `{${Array.from({ length: count }, (_, i) => `"m${count - 1 - i}":${count - 1 - i}`).join(',')}}`,
    far,
  )!
  t.ok(sameNode(wide, turned))
  t.ok(agrees(wide, turned))
  t.equal(leafCount(wide), count)
  t.same(listSites(parseJson(bodies[4]![1], far)!), [])
  const rows = parseJson(bodies[5]![1], far) as JsonNode & { kind: 'array' }
  t.equal(identifierOf(rows.items), undefined)
  const circumstances = {
    values: new Map<string, string>(),
    hasMore: undefined,
    hasBefore: undefined,
    columns: [],
    path: '/',
    pairs: [],
  }
  const other = parseJson(names(count, i => String(i + 1)).replaceAll('"m', '"n'), far)!
  t.equal(
    derive([
      { node: wide, circumstances },
      { node: other, circumstances },
    ]).kind,
    'object',
  )
  t.end()
})

t.test('a template with ten thousand parameters looks at some of them', t => {
  const example = (n: number) => ({
    key: String(n),
    params: [],
    query: Array.from({ length: 10_000 }, (_, i) => `p${i}=v${i}-${n}`).join('&'),
    status: 200,
    headers: [],
    body: parseJson(JSON.stringify({ first: `v0-${n}`, all: Array.from({ length: 2000 }, (_, i) => `${i} of ${n}`) }))!,
    capturedAt: n,
  })
  const template = learnTemplate(
    'r',
    1,
    Array.from({ length: 16 }, (_, n) => example(n)),
  )
  t.same(template?.body.kind === 'object' && template.body.entries[0], [
    'first',
    { kind: 'slot', from: { in: 'query', name: 'p0' }, as: 'string' },
  ])
  t.end()
})

t.test('whoever makes up names, values, credentials and cursors fills no memory', t => {
  const api = new LearningModel()
  for (let i = 0; i < 3000; i++) {
    const rows = [0, 1].map(k => ({ id: (i % 50) * 2 + k, name: `n${i % 50}`, [`made-up-${i}`]: i }))
    api.learn({
      path: '/rows',
      query: `q=word${i}`,
      scope: `who${i}`,
      body: { items: rows, next: `cursor${i}`, [`x${i}`]: i },
    })
    api.learn({ path: '/rows', query: `made${i}=1`, body: { items: rows } })
    api.learn({ path: `/none/${i}`, scope: `who${i}`, status: 404, body: { error: 'none', i } })
    api.ask({ path: '/rows', query: `q=word${i}`, scope: `who${i}` })
  }
  const sizes = kept(api.model.world)
  t.ok(sizes.lists <= 512, `${sizes.lists} lists`)
  t.ok(sizes.cursors <= 4096, `${sizes.cursors} cursors of a list`)
  t.ok(sizes.inputNames <= 256, `${sizes.inputNames} names of inputs`)
  t.ok(sizes.views <= 256, `${sizes.views} views of a type`)
  t.ok(sizes.names <= 2000, `${sizes.names} names of members of a type`)
  t.ok(sizes.cases <= 2000 && sizes.caseExamples <= 8, `${sizes.cases} cases of absence`)
  t.ok(sizes.observations <= 64, `${sizes.observations} answers looked back on`)
  t.end()
})
