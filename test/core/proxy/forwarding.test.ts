import t from 'tap'
import { forwardingTo, headsStay } from '../../../core/proxy/forwarding.js'
import { parseUpstream } from '../../../core/upstream/address.js'

const common = {
  viaName: 'chaos-proxy-1',
  forwarded: false,
  passesTrailers: true,
  credentials: [],
  trusts: () => false,
}
const to = (urls: string[], forwardHost: 'auto' | 'keep' | 'rewrite' = 'auto') =>
  forwardingTo(urls.map(parseUpstream), forwardHost, common)

t.test('upstreams that are alike share one set of rules', async t => {
  const { rules, rulesOf } = to(['http://a:1', 'http://b:2'])
  t.same(rules, { ...common, host: undefined, pathPrefix: '' })
  t.equal(rulesOf, undefined)
  t.equal(to(['http://a:1/v1', 'http://b:2/v1/']).rulesOf, undefined)
  t.match(to(['https://a'], 'rewrite'), { rules: { host: 'a' }, rulesOf: undefined })
})

t.test('where the path or the rewritten Host differs each has its own', async t => {
  const urls = ['http://a:1/v1', 'https://b', 'http://c:3']
  const { rules, rulesOf } = to(urls)
  t.match(rules, { host: undefined, pathPrefix: '/v1' })
  t.match(
    urls.map(url => rulesOf!(parseUpstream(url))),
    [
      { host: undefined, pathPrefix: '/v1', viaName: common.viaName },
      { host: 'b', pathPrefix: '' },
      { host: undefined, pathPrefix: '' },
    ],
  )
  const b = parseUpstream('https://b')
  t.equal(rulesOf!(b), rulesOf!(b), 'the same object each time: what was worked out by it is found again')
  t.type(to(['http://a:1', 'http://b:2'], 'rewrite').rulesOf, 'function')
  t.equal(to(['https://a', 'https://b'], 'keep').rulesOf, undefined)
})

t.test('heads that were made before a change stay right only where nothing of them would change', async t => {
  t.ok(headsStay(to(['http://a:1']), to(['http://b:2', 'http://c:3'])))
  t.notOk(headsStay(to(['http://a:1']), to(['http://b:2/v1'])))
  t.notOk(headsStay(to(['http://a:1']), to(['http://a:1', 'http://b:2/v1'])))
  t.notOk(headsStay(to(['https://a']), to(['https://b'])))
  t.ok(headsStay(to(['https://a'], 'keep'), to(['https://b'], 'keep')))
})
