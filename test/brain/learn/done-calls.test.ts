import t from 'tap'
import { doneCalls, type WriteParts } from '../../../brain/learn/done-calls.js'
import { type JsonNode, parseJson, printJson } from '../../../core/contract/json.js'

const node = (value: unknown): JsonNode | undefined =>
  value === undefined ? undefined : parseJson(JSON.stringify(value))
const plain = (json: JsonNode | undefined) => (json === undefined ? undefined : JSON.parse(printJson(json)))
const calls = (
  within: 'graphql' | 'json-rpc' | undefined,
  asked: unknown,
  answered: unknown,
  over: Partial<WriteParts> = {},
) =>
  doneCalls(within, {
    ...{ method: 'POST', path: '/x', answered: node(answered) },
    asked: typeof asked === 'string' ? asked : node(asked),
    ...over,
  }).map(({ doer, named, shown }) => ({ doer, named: plain(named), shown: plain(shown) }))

t.test('each field of a mutation is one call, its aliases and variables undone', async t => {
  const query = 'mutation M($id: ID!) { one: rename(id: $id, to: "x") { what: name } drop(ids: [1, 2]) }'
  t.same(calls('graphql', { query, variables: { id: 'a' } }, { data: { one: { what: 'x' }, drop: true } }), [
    { doer: 'field rename', named: { id: 'a', to: 'x' }, shown: { name: 'x' } },
    { doer: 'field drop', named: { ids: [1, 2] }, shown: true },
  ])
  t.same(calls('graphql', 'mutation{a(n:1)}', undefined), [{ doer: 'field a', named: { n: 1 }, shown: undefined }])
  const many = [{ query: 'mutation{a}' }, { query: '{b}' }, { query: 'mutation{c}' }]
  const says = [{ data: { a: 1 } }, { data: { b: 2 } }, { data: { c: 3 } }]
  t.same(
    calls('graphql', many, says).map(({ shown }) => shown),
    [1, 3],
  )
})

t.test('what cannot be read may have done anything, unless it does not even say mutation', async t => {
  t.same(calls('graphql', undefined, {}), [{ doer: '', named: undefined, shown: undefined }])
  t.match(calls('graphql', { operationName: 'Persisted', extensions: {} }, {}), [{ doer: 'operation Persisted' }])
  t.match(calls('graphql', { query: 'mutation A @own { b }', operationName: 'A' }, {}), [{ doer: 'operation A' }])
  t.same(calls('graphql', { query: 'subscription { a }' }, {}), [])
  t.same(calls('graphql', { query: '{ a @own }' }, {}), [])
  t.match(calls('json-rpc', [1], {}), [{ doer: '' }])
  t.match(calls('json-rpc', Array(100).fill({ method: 'a.list' }), {}), [{ doer: '' }], 'nor what is too much')
})

t.test('a call elsewhere is named by its path, without what looks like a value', async t => {
  const path = '/jobs/7/run'
  t.same(calls(undefined, { a: 1 }, { b: 2 }, { path }), [
    { doer: 'POST jobs/*/run', named: { a: 1 }, shown: { b: 2 } },
  ])
})
