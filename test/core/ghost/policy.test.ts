// What an answer that was not made for this very request must be to be given all the same.
import t from 'tap'
import type { LessonRoute } from '../../../core/contract/lesson.js'
import type { Exemplar } from '../../../core/contract/memory.js'
import { isBelieved, refuseForm } from '../../../core/ghost/policy.js'
import type { GhostAsk } from '../../../core/ghost/tier.js'

const exemplar = (ignored?: readonly string[]) => ({ ...(ignored === undefined ? {} : { ignored }) }) as Exemplar
const route = (over: Partial<LessonRoute>) => over as LessonRoute
const ask = (accept: string | undefined, over?: Partial<LessonRoute>) =>
  ({
    headers: accept === undefined ? [] : ['accept', accept],
    route: over === undefined ? undefined : route(over),
  }) as unknown as GhostAsk

t.test('what was asked with a parameter that changes nothing is used as long as that is believed', async t => {
  const ignored = [{ name: '_', seen: 20, equal: 12 }]
  t.ok(isBelieved(exemplar(), undefined))
  t.ok(isBelieved(exemplar(), route({})))
  t.ok(isBelieved(exemplar(['_']), route({ ignored })))
  t.notOk(isBelieved(exemplar(['_']), route({})), 'it was seen to change something')
  t.notOk(isBelieved(exemplar(['_']), undefined))
  t.notOk(isBelieved(exemplar(['_', 'v']), route({ ignored })))
})

t.test('a form that would have been chosen, and nothing where what is said depends on it', async t => {
  const json = ['content-type', 'application/json; charset=utf-8']
  const offered = { types: ['application/json', 'text/html'] }
  t.equal(refuseForm(json, ask('text/html')), undefined, 'nothing is known of its forms')
  t.equal(refuseForm(json, ask('text/html', {})), undefined)
  t.equal(refuseForm(json, ask('application/json', { offered })), undefined)
  t.match(refuseForm(json, ask('text/html, */*;q=0.1', { offered })), /another form than application\/json/)
  t.match(refuseForm(json, ask('*/*', { offered })), /another form/)
  t.equal(refuseForm(json, ask('*/*', { offered: { ...offered, byDefault: 'application/json' } })), undefined)
  t.match(refuseForm(json, ask('application/json', { differsBy: ['accept-language'] })), /depends on accept-language/)
})
