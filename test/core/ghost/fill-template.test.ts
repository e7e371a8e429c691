import t from 'tap'
import type { Template, TemplateNode } from '../../../core/contract/template.js'
import { fillTemplate } from '../../../core/ghost/fill-template.js'

const template = (body: TemplateNode): Template => ({
  routeId: 'r',
  version: 1,
  status: 200,
  headers: [],
  body,
  learnedFrom: 2,
  capturedAt: 0,
})
const fill = (body: TemplateNode, params: string[], query = ''): { text: string; missing: number } | undefined => {
  const filled = fillTemplate(template(body), { params, query })
  return filled && { text: filled.body.toString(), missing: filled.missing }
}
const id = { in: 'path', index: 0 } as const
const q = { in: 'query', name: 'q' } as const

t.test('slots take the parts of the request, decoded and escaped', async t => {
  const body: TemplateNode = {
    kind: 'object',
    entries: [
      ['id', { kind: 'slot', from: id, as: 'number' }],
      ['said', { kind: 'slot', from: q, as: 'string' }],
      ['self', { kind: 'text', parts: ['/users/', id, '?q=', q] }],
      ['big', { kind: 'constant', raw: '9007199254740993' }],
      ['email', { kind: 'unknown' }],
    ],
  }
  t.same(fill(body, ['7'], 'q=a%22b+c'), {
    text: '{"id":7,"said":"a\\"b c","self":"/users/7?q=a\\"b c","big":9007199254740993}',
    missing: 1,
  })
})

t.test('a request that has not what a slot needs gets nothing', async t => {
  t.equal(fill({ kind: 'slot', from: q, as: 'string' }, ['7'], 'p=1'), undefined)
  t.equal(fill({ kind: 'slot', from: { in: 'path', index: 1 }, as: 'string' }, ['7']), undefined)
  t.equal(fill({ kind: 'text', parts: ['a', q] }, []), undefined)
})

t.test('only a canonical number stands as a number', async t => {
  const slot: TemplateNode = { kind: 'slot', from: id, as: 'number' }
  for (const value of ['0', '7', '-7', '1.5', '123456789012345678901']) t.same(fill(slot, [value])?.text, value)
  for (const value of ['', '07', '+7', '7.', '1.50', '1e3', '0x7', 'seven', '7,"admin":true', '%37x'])
    t.equal(fill(slot, [value]), undefined, value)
})

t.test('a list with an item that is not known is left out whole: the others would move', async t => {
  const one: TemplateNode = { kind: 'constant', raw: '1' }
  t.same(fill({ kind: 'array', items: [one, one] }, [])?.text, '[1,1]')
  t.equal(fill({ kind: 'array', items: [one, { kind: 'unknown' }] }, []), undefined)
  t.same(fill({ kind: 'object', entries: [['list', { kind: 'array', items: [{ kind: 'unknown' }] }]] }, []), {
    text: '{}',
    missing: 2,
  })
})

t.test('whatever the request holds, the answer is JSON and adds no member', async t => {
  const body: TemplateNode = {
    kind: 'object',
    entries: [
      ['a', { kind: 'slot', from: id, as: 'string' }],
      ['__proto__', { kind: 'text', parts: ['<', id, '>'] }],
    ],
  }
  for (const value of ['"', '\\', '%22%2C%22b%22%3A1', '%00', '%F0%9F%98%80', '%', '%zz', '\ud800', '</script>']) {
    t.same(Object.keys(JSON.parse(fill(body, [value])!.text)), ['a', '__proto__'], value)
  }
})
