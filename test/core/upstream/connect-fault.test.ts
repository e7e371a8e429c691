import t from 'tap'
import { connectFault } from '../../../core/upstream/connect-fault.js'

const fault = (code: string | undefined, tls = false): string =>
  connectFault(code === undefined ? undefined : Object.assign(new Error(code), { code }), tls).slice(
    'CHAOS_ERR_UPSTREAM_'.length,
  )

t.test('each error of a connect has its fault', async t => {
  t.equal(fault('ENOTFOUND'), 'DNS')
  t.equal(fault('EAI_AGAIN', true), 'DNS')
  t.equal(fault('ECONNREFUSED', true), 'CONNECT_REFUSED')
  t.equal(fault('ETIMEDOUT'), 'CONNECT_TIMEOUT')
  t.equal(fault('EHOSTUNREACH'), 'UNREACHABLE')
  t.equal(fault('ENETUNREACH'), 'UNREACHABLE')
  t.equal(fault('DEPTH_ZERO_SELF_SIGNED_CERT', true), 'TLS')
  t.equal(fault('ECONNRESET', true), 'TLS')
  t.equal(fault('ECONNRESET'), 'CONNECT_REFUSED')
  t.equal(fault(undefined), 'CONNECT_REFUSED')
})
