// What the match debugger says of answers that are put together, and of those that are not.
import t from 'tap'
import type { MatchExplanation } from '../../core/contract/status.js'
import { type Proxy as Running, startProxy } from '../support/proxy.js'
import { startShop } from '../support/shop.js'

const explained = (proxy: Running, target: string) =>
  proxy.admin<MatchExplanation & Record<string, unknown>>(
    `/api/debug/match?method=GET&path=${encodeURIComponent(target)}`,
  )

t.test('rules with their evidence, steps with their times, the nearest miss with the field it failed on', async t => {
  const shop = await startShop(t)
  const proxy = await startProxy(t, shop.url, { CHAOS_WORKERS: '1' })
  for (const query of ['', '?page=1', '?page=2', '?page=3', '?page=4']) await proxy.get(`/books${query}`)
  for (let id = 1; id <= 12; id++) await proxy.get(`/books/${id}`)
  await proxy.settled()

  const list = await explained(proxy, '/books?page=6')
  t.match(list.composed!.inputs, [{ input: 'page', value: '6', meaning: 'page, from 1', seen: 4 }])
  t.same(
    list.composed!.steps.map(({ step }) => step),
    [
      'read the request',
      'is who asks let in',
      'find the records',
      'is it known not to be there',
      'look up what such answers were worth',
    ],
  )
  for (const { micros } of list.composed!.steps) t.ok(Number.isInteger(micros) && micros >= 0)
  t.equal(list.verdict, 'refusal')
  t.match(list.nearestMiss, {
    target: '/books?page=4',
    because: 'page: «6» is asked for, «4» is known',
    differs: [{ field: 'page', asked: '6', known: '4' }],
  })

  const detail = await explained(proxy, '/books/20')
  t.match(detail.composed, {
    inputs: [{ input: '{id}', value: '20', meaning: 'names the record', seen: 12 }],
    evidence: { kind: /^record/, source: / 20$/, completeness: 1 },
    nearest: { target: '/books/12', differs: [{ field: '{id}', asked: '20', known: '12' }] },
  })
  const { onAllRoutes, onThisRoute, akin } = detail.composed!.evidence
  t.ok(akin.count >= onAllRoutes.count && onAllRoutes.count >= onThisRoute.count)
  t.match(detail.tiers.find(({ tier }) => tier === 'entity')?.detail, detail.composed!.evidence.kind)

  const strange = await explained(proxy, '/books?page=1&colour=red')
  t.match(strange.composed!.inputs[1], { input: 'colour', meaning: 'never seen on this route', seen: 0 })
  t.match(strange.nearestMiss, { target: '/books?page=1', differs: [{ field: 'colour', asked: 'red', known: null }] })

  const unknown = await explained(proxy, '/nowhere/at/all')
  t.match(unknown, { nearestMiss: null, composed: { inputs: [], nearest: null } })
  const exact = await explained(proxy, '/books/3')
  t.match(exact, { verdict: 'answer', nearestMiss: null, composed: null })
})

t.test('what one credential was answered is no near miss of another', async t => {
  const shop = await startShop(t)
  const proxy = await startProxy(t, shop.url, { CHAOS_WORKERS: '1' })
  for (let id = 1; id <= 6; id++) await proxy.get(`/books/${id}`, { authorization: 'Bearer a' })
  await proxy.settled()
  const other = await explained(proxy, '/books/7')
  t.match(other, { request: { route: '/books/{id}' }, composed: { nearest: null }, nearestMiss: null })
})
