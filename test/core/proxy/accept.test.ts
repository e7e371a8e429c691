import t from 'tap'
import { HeaderSection } from '../../../core/contract/header-section.js'
import type { DownstreamRequest } from '../../../core/front/downstream.js'
import { accept } from '../../../core/proxy/accept.js'

const limits = { viaName: 'chaos-proxy-1', maxBodyBytes: 100 }
const verdict = (headers: string[], over: Partial<DownstreamRequest> = {}) => {
  const result = accept(
    {
      method: 'POST',
      target: '/a',
      path: '/a',
      query: undefined,
      version: '1.1',
      authority: undefined,
      headers: ['host', 'a', ...headers],
      section: new HeaderSection([]),
      remoteAddress: '',
      secure: false,
      ...over,
    },
    limits,
  )
  return result.ok ? result.bodyLength : result.code
}

t.test('framing that can be read in two ways is refused', async t => {
  const ambiguous = 'CHAOS_ERR_REQUEST_AMBIGUOUS'
  t.equal(verdict(['content-length', '3', 'transfer-encoding', 'chunked']), ambiguous)
  t.equal(verdict(['content-length', '3', 'content-length', '3']), ambiguous)
  for (const length of ['+3', '-1', '0x3', '3 ', '', '3,3', '1e1', '99999999999999999999'])
    t.equal(verdict(['content-length', length]), ambiguous, JSON.stringify(length))
  for (const coding of [
    'gzip, chunked',
    'chunked, chunked',
    'xchunked',
    'chunked;x',
    ' chunked',
    '"chunked"',
    'identity',
  ])
    t.equal(verdict(['transfer-encoding', coding]), ambiguous, coding)
})

t.test('framing that is clear is accepted', async t => {
  t.equal(verdict([]), 0)
  t.equal(verdict(['content-length', '0']), 0)
  t.equal(verdict(['content-length', '12']), 12)
  t.equal(verdict(['transfer-encoding', 'Chunked']), -1)
})

t.test('limits, loops, hosts and tunnels', async t => {
  t.equal(verdict(['content-length', '101']), 'CHAOS_ERR_REQUEST_TOO_LARGE')
  t.equal(verdict(['via', '1.1 a, 1.1 chaos-proxy-1']), 'CHAOS_ERR_REQUEST_LOOP')
  t.equal(verdict(['via', '1.1 chaos-proxy-2']), 0, 'another one in the chain is no loop')
  t.equal(verdict(['host', 'b']), 'CHAOS_ERR_REQUEST_MALFORMED')
  t.equal(verdict([], { headers: [] }), 'CHAOS_ERR_REQUEST_MALFORMED')
  t.equal(verdict([], { headers: ['host', 'a/b'] }), 'CHAOS_ERR_REQUEST_MALFORMED')
  t.equal(verdict([], { method: 'CONNECT' }), 'CHAOS_ERR_REQUEST_METHOD')
})
