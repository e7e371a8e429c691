import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Contender } from '../../../bench/peers/contender.js'
import { LineUp, lacking, reasonOf } from '../../../bench/peers/line-up.js'

/** Answers with the status; counts how often it was started and stopped. */
async function fake(t: Test, name: string, status: number): Promise<Contender & { starts: number; stops: number }> {
  const server = createServer((_request, response) => response.writeHead(status).end('{}'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const contender = {
    name,
    runs: '',
    starts: 0,
    stops: 0,
    start: async () => {
      contender.starts += 1
      const stop = async (): Promise<void> => {
        contender.stops += 1
      }
      return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, pid: process.pid, stop }
    },
  }
  return contender
}

const noCertificate = (): Promise<never> => Promise.reject(new Error('no certificate was asked for'))

t.test('who does not come up, does not answer or speaks no TLS is left out with its reason', async t => {
  const [well, ill] = [await fake(t, 'well', 200), await fake(t, 'ill', 502)]
  const broken: Contender = { name: 'broken', runs: '', start: () => Promise.reject(new Error('broken did not start')) }
  const plain: Contender = { ...well, name: 'plain', noTls: 'plain speaks no TLS' }
  const lineUp = new LineUp([well, ill, broken, plain], 1, noCertificate)
  const { running, leftOut } = await lineUp.ready(['/a'])
  t.same(
    running.map(({ name }) => name),
    ['well', 'plain'],
  )
  t.match(leftOut, [
    { name: 'ill', because: /\/a answered 502$/ },
    { name: 'broken', because: 'broken did not start' },
  ])
  const tls = await lineUp.ready(['/a'], true)
  t.same(tls.running, [])
  t.match(tls.leftOut[0], { name: 'well', because: 'no certificate was asked for' })
  t.match(tls.leftOut[3], { name: 'plain', because: 'plain speaks no TLS' })
})

t.test('each is started once and stopped once', async t => {
  const well = await fake(t, 'well', 200)
  const lineUp = new LineUp([well], 1, noCertificate)
  await lineUp.ready(['/a'])
  await lineUp.ready(['/b'])
  await lineUp.stop()
  t.match(well, { starts: 1, stops: 1 })
})

t.test('a reason is one line without folders of the machine', async t => {
  const reason = reasonOf(new Error(`it did not start:\nreading ${join(tmpdir(), 'x.conf')}\n  failed\n`))
  t.equal(reason, 'it did not start: reading …/x.conf failed')
  t.match(
    reasonOf(new Error(`it did not start:\n${'noise '.repeat(100)}the error`)),
    /^it did not start: … .*the error$/,
  )
})

t.test('what is needed is a program of the machine or a package of the project', async t => {
  t.same(lacking(['nginx', 'http-proxy', 'no-such-package'], new Set(['nginx'])), ['no-such-package'])
  t.same(lacking(undefined, new Set()), [])
})
