import t from 'tap'
import { isUndecided, isWanted, normalisedPreference } from '../../../core/contract/negotiation.js'

t.test('values that ask for the same in the same order have one spelling', async t => {
  const same = [
    'de-DE, de;q=0.9, en;q=0.8',
    'de-de,de; q=0.9 , EN;q=0.5',
    'en;q=0.1,de;q=0.2,de-DE',
    'de-de,de;q=0.99,en;q=0.98',
  ]
  t.same(new Set(same.map(normalisedPreference)), new Set(['de-de,de,en']))
  const apart = ['de', 'en', 'de,en', 'en,de', 'de,en;q=0', '', '*', 'de;level=1']
  t.equal(new Set(apart.map(normalisedPreference)).size, apart.length)
  t.equal(normalisedPreference('text/html;level=1;q=0.4, text/html'), 'text/html,text/html;level=1')
})

t.test('of what is offered the one that is wanted most; where nothing is, what was given before', async t => {
  const types = ['application/json', 'application/xml', 'text/html']
  const wanted = (accept: string | undefined, byDefault?: string): string | undefined =>
    types.find(type => isWanted(accept, type, { types, byDefault }))
  t.equal(wanted('application/xml'), 'application/xml')
  t.equal(wanted('application/json, text/plain, */*;q=0.1'), 'application/json')
  t.equal(wanted('text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'), 'text/html')
  t.equal(wanted('text/html;q=0.1, application/*;q=0.9, application/json;q=0'), 'application/xml')
  t.equal(wanted('*/*'), undefined)
  t.equal(wanted(undefined), undefined)
  t.equal(wanted('*/*', 'application/json'), 'application/json')
  t.equal(wanted(undefined, 'application/json'), 'application/json')
  t.equal(wanted('image/png', 'application/json'), undefined, 'none of them is wanted')
  t.ok(isUndecided('*/*', types))
  t.notOk(isUndecided('application/json', ['application/json']), 'it was asked for by name')
  t.notOk(isUndecided('text/html, */*;q=0.5', types))
})
