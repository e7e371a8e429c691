import t from 'tap'
import { learnListRules, type Sighting } from '../../../brain/world/list-rules.js'
import { parseJson } from '../../../core/contract/json.js'

const list = (inputs: Record<string, string>, ids: readonly number[]): Sighting => ({
  inputs: new Map(Object.entries(inputs)),
  scope: '',
  rows: ids.map(id => parseJson(`{"id":${id},"name":"n${id}"}`)!),
  shown: new Set(['id', 'name']),
  ids: ids.map(String),
  tokens: new Set(),
  numbers: new Map(),
})

const paired = [
  list({ of: 'a', form: 'wide' }, [3, 1, 2]),
  list({ of: 'a', form: 'flat' }, [3, 1, 2]),
  list({ of: 'b', form: 'flat' }, [9, 7]),
]
const apart = [list({ of: 'c', form: 'wide' }, [4, 8]), list({ of: 'd', form: 'flat' }, [6, 5])]

t.test('what only changes how rows are shown is not forgotten with the lists that told', async t => {
  const before = learnListRules(paired)
  t.ok(before.presentation.has('form'))
  t.notOk(learnListRules(apart).presentation.has('form'), 'these do not tell')
  const after = learnListRules(apart, before)
  t.ok(after.presentation.has('form'))
  t.ok(learnListRules(apart, after).presentation.has('form'))
})

t.test('one answer that it changes ends it', async t => {
  const before = learnListRules(paired)
  const other = learnListRules([...apart, list({ of: 'd', form: 'wide' }, [5])], before)
  t.notOk(other.presentation.has('form'))
  t.notOk(learnListRules(apart, other).presentation.has('form'), 'for good')
})

t.test('what was always the same was never compared', async t => {
  const before = learnListRules([list({ of: 'a', form: 'wide' }, [3, 1]), list({ of: 'b', form: 'wide' }, [9, 7])])
  t.ok(before.presentation.has('form'))
  t.notOk(learnListRules(apart, before).presentation.has('form'))
})
