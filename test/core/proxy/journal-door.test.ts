import t from 'tap'
import { type FailedWrite, journalRefusal } from '../../../core/proxy/journal-door.js'

const unseen: FailedWrite = {
  method: 'POST',
  path: '/orders',
  because: 'CHAOS_ERR_UPSTREAM_CONNECT_REFUSED',
  wasBegun: false,
  wasAnswered: false,
  hasKey: false,
  isWhole: true,
}
const reset: FailedWrite = { ...unseen, because: 'CHAOS_ERR_UPSTREAM_RESET', wasBegun: true }

t.test('what the upstream saw nothing of is journalled, whatever its method', async t => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) t.equal(journalRefusal({ ...unseen, method }), undefined)
  t.equal(journalRefusal({ ...reset, wasBegun: false }), undefined, 'closed before anything was sent')
  t.equal(journalRefusal({ ...unseen, because: 'CHAOS_ERR_UPSTREAM_CIRCUIT_OPEN' }), undefined)
})

t.test('what it may have seen only where a second time does no harm', async t => {
  for (const because of ['CHAOS_ERR_UPSTREAM_RESET', 'CHAOS_ERR_UPSTREAM_RESPONSE_TIMEOUT'] as const) {
    for (const method of ['POST', 'PATCH']) {
      t.equal(journalRefusal({ ...reset, because, method }), 'maybe-done')
      t.equal(journalRefusal({ ...reset, because, method, hasKey: true }), undefined)
    }
    for (const method of ['PUT', 'DELETE']) t.equal(journalRefusal({ ...reset, because, method }), undefined)
  }
  t.equal(
    journalRefusal({ ...reset, method: 'POST', because: 'CHAOS_ERR_UPSTREAM_CONNECT_REFUSED' }),
    'maybe-done',
    'sent, and refused when it was sent again',
  )
})

t.test('an answer that broke off is an answer', async t => {
  t.equal(journalRefusal({ ...reset, method: 'PUT', wasAnswered: true }), 'maybe-done')
  t.equal(journalRefusal({ ...reset, method: 'PUT', because: 'CHAOS_ERR_UPSTREAM_MALFORMED' }), 'maybe-done')
})

t.test('not whole, not journalled', async t => {
  t.equal(journalRefusal({ ...unseen, isWhole: false }), 'body-not-kept')
})

t.test('signing in is of no use later', async t => {
  for (const path of ['/login', '/auth/sign-in', '/oauth2/token', '/api/v1/sessions'])
    t.equal(journalRefusal({ ...unseen, path }), 'unsafe-method', path)
  for (const path of ['/users', '/authors', '/orders/7/pay'])
    t.equal(journalRefusal({ ...unseen, path }), undefined, path)
})
