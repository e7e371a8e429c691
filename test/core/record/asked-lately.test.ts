import t from 'tap'
import { openCapture } from '../../support/capture.js'

const open = () => openCapture({ honour: 'no-store', mayShare: () => true })

const plain = { method: 'GET', path: '/a', query: undefined, headers: [] as string[], body: undefined }

t.test('the same request of the same section is named once', async t => {
  const { capture } = open()
  const first = capture.identify(plain)
  t.equal(capture.identify({ ...plain }), first)
})

t.test('whatever is different is named for itself', async t => {
  const { capture, scopes } = open()
  const [ana, ben] = ['ana', 'ben'].map(who => ['authorization', who])
  const of = (headers: string[], more: object = {}) => capture.identify({ ...plain, headers, ...more })
  for (const headers of [ana!, ben!, ana!]) t.equal(of(headers).identity.scope, scopes.of(headers, ''))
  t.equal(of(ana!, { query: 'x=1' }).identity.query, 'x=1')
  t.equal(of(ana!, { query: 'x=2' }).identity.query, 'x=2')
  t.equal(of(ana!, { query: '' }).identity.query, '')
  t.equal(of(ana!).identity.query, undefined)
  t.equal(of(ana!, { path: '/b' }).identity.path, '/b')
  const graph = { path: '/graphql', method: 'POST', headers: ['content-type', 'application/json'] }
  const asked = (text: string) =>
    capture.identify({ ...plain, ...graph, body: Buffer.from(JSON.stringify({ query: text })) })
  t.match(asked('{ a }').question, { kind: 'graphql' })
  t.not(asked('{ a }').identity.baseKey('POST', ''), asked('{ b }').identity.baseKey('POST', ''))
  t.match(capture.identify({ ...plain, ...graph }).question, { kind: 'write' }, 'nobody said what')
  t.match(asked('{ a }').question, { kind: 'graphql' })
})

t.test('a key is of the method and the scope that it is asked for', async t => {
  const { identity } = open().capture.identify(plain)
  const keys = [
    ['GET', ''],
    ['GET', 'ana'],
    ['HEAD', 'ana'],
    ['HEAD', ''],
    ['GET', ''],
  ].map(([method, scope]) => identity.baseKey(method!, scope!))
  t.equal(new Set(keys).size, 4)
  t.equal(keys[0], keys[4])
})

t.test('under another key callers have other names', async t => {
  const { capture, scopes } = open()
  const asking = { ...plain, headers: ['authorization', 'ana'] }
  const before = capture.identify(asking).identity.scope
  scopes.rekey(Buffer.alloc(32, 2))
  capture.ownersChanged()
  t.not(capture.identify(asking).identity.scope, before)
  t.equal(capture.identify(asking).identity.scope, scopes.of(asking.headers, ''))
})

t.test('it does not grow without end', async t => {
  const { capture } = open()
  const first = capture.identify(plain)
  for (let i = 0; i < 2000; i++) capture.identify({ ...plain, path: `/${i}` })
  t.not(capture.identify(plain), first)
})
