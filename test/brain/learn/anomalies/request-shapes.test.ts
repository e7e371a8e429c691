import t from 'tap'
import { RequestShapes } from '../../../../brain/learn/anomalies/request-shapes.js'
import { seenValue } from '../../../../brain/learn/anomalies/value-traits.js'
import type { AnomalySignal } from '../../../../core/contract/anomalies.js'
import { seededRandom } from '../../../support/random.js'

/** As it is handed over: with what each value looks like. */
const seen = (values: readonly (readonly [string, string])[]) =>
  values.map(([name, value]) => [name, seenValue(value)] as const)

const example = () => ({ at: 1, method: 'GET', target: '/a', status: 200, scope: '' })
const unit = seededRandom(5)

function learned(): RequestShapes {
  const shapes = new RequestShapes('parameter')
  for (let i = 0; i < 3000; i++) {
    const values: [string, string][] = [
      ['page', String(1 + Math.floor(unit() * 30))],
      ['q', ['lamp', 'oak desk', "o'neill", '42'][Math.floor(unit() * 4)]!],
    ]
    if (unit() < 0.003) values.push(['lang', 'de'])
    const said = shapes.observe('GET /a', seen(values), example, i)
    if (said.length > 0) throw new Error(said[0]!.says)
  }
  return shapes
}

const repeated = (shapes: RequestShapes, values: [string, string][], times = 8): AnomalySignal[] =>
  Array.from({ length: times }, () => shapes.observe('GET /a', seen(values), example, 1)).flat()

t.test('what is as rare as ever is nothing, one mistake is nothing', async t => {
  const shapes = learned()
  t.same(shapes.observe('GET /a', seen([['page', 'x']]), example, 1), [])
  t.same(shapes.observe('GET /a', seen([['pgae', '1']]), example, 1), [])
})

t.test('breaks are told with the words of what is normal', async t => {
  const kinds: [values: [string, string][], detail: string][] = [
    [[['page', 'next']], 'page: type text'],
    [[['page', '9999999']], 'page: far out of range'],
    [[['page', '-1']], 'page: negative'],
    [[['q', '<script>']], 'q: markup in it'],
    [[['q', '../../etc/passwd']], 'q: path in it'],
    [[['q', 'a'.repeat(300)]], 'q: far too long'],
  ]
  for (const [values, detail] of kinds) {
    const [first] = repeated(learned(), values)
    t.match(first, { kind: 'parameter-break', subject: 'GET /a', detail }, detail)
    t.match(first?.says, /was .* in [\d]+ requests; now \d+ of \d+/)
  }
  t.same(repeated(learned(), [['q', 'anything else']]), [], 'free text is free')
})

t.test('a parameter that never was', async t => {
  const [first] = repeated(learned(), [['debug', '1']])
  t.match(first, { kind: 'unseen-parameter', detail: 'debug', severity: 'low' })
})

t.test('secrets are not looked at', async t => {
  const shapes = learned()
  const secret: [string, string][] = [['page', `~${'a'.repeat(22)}`]]
  t.same(repeated(shapes, secret), [])
})

t.test('what was expected is normal, also for the next process', async t => {
  const shapes = learned()
  const [unseen] = repeated(shapes, [['debug', '1']])
  const [broken] = repeated(shapes, [['page', 'next']])
  shapes.expect(unseen!.subject, unseen!.detail)
  shapes.expect(broken!.subject, broken!.detail)
  const again = new RequestShapes('parameter', JSON.parse(JSON.stringify(shapes)))
  t.same(repeated(again, [['debug', '1']]), [])
  t.same(repeated(again, [['page', 'next']]), [])
  t.equal(repeated(again, [['other', '1']]).length > 0, true, 'others are not')
})

t.test('bounded, whatever is asked', async t => {
  const shapes = learned()
  for (let i = 0; i < 2000; i++) shapes.observe('GET /a', seen([[`n${i}`, 'x']]), example, i)
  for (let i = 0; i < 1000; i++) shapes.observe(`GET /${i}`, seen([['a', 'b']]), example, i)
  t.ok(JSON.stringify(shapes).length < 200_000, `${JSON.stringify(shapes).length}`)
})
