import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import t from 'tap'
import { mirrorIn } from '../../../scripts/services/debian.js'
import { identityIn } from '../../../scripts/services/run-as.js'
import { type ServiceName, serviceNames } from '../../../scripts/services/service.js'
import { cannotRun, startService } from '../../support/services.js'

/** The first octets that the server says to these, or '' where it says nothing for a while. */
function ask(port: number, octets: string, waitMs: number): Promise<string> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => socket.write(octets, 'latin1'))
    const end = (said: string): void => {
      socket.destroy()
      resolve(said)
    }
    socket.setTimeout(waitMs, () => end(''))
    socket.on('error', error => end((error as NodeJS.ErrnoException).code ?? 'error'))
    socket.on('data', reply => end(reply.toString('latin1')))
  })
}

/** SSLRequest: a PostgreSQL answers it with one letter. */
const question: Readonly<Record<ServiceName, string>> = {
  redis: 'PING\r\n',
  postgres: '\0\0\0\x08\x04\xd2\x16\x2f',
  timescale: '\0\0\0\x08\x04\xd2\x16\x2f',
}
const answer: Readonly<Record<ServiceName, string>> = { redis: '+PONG\r\n', postgres: 'N', timescale: 'N' }

for (const name of serviceNames) {
  t.test(
    `${name} answers, stands still, crashes, comes back and leaves nothing`,
    { skip: cannotRun(name) },
    async t => {
      const server = await startService(t, name)
      t.equal(await ask(server.port, question[name], 5000), answer[name])
      server.pause()
      t.equal(await ask(server.port, question[name], 200), '', 'nothing is said while it stands still')
      server.resume()
      t.equal(await ask(server.port, question[name], 5000), answer[name])
      await server.kill()
      t.equal(await ask(server.port, question[name], 5000), 'ECONNREFUSED')
      t.ok(existsSync(server.dataDir))
      await server.restart()
      t.equal(await ask(server.port, question[name], 5000), answer[name])
      await server.stop()
      t.equal(await ask(server.port, question[name], 5000), 'ECONNREFUSED')
      t.notOk(existsSync(server.dataDir))
    },
  )
}

t.test('the mirror is read out of both forms of sources', async t => {
  t.equal(mirrorIn('Types: deb\nURIs: http://mirror.example/debian\nSuites: x\n'), 'http://mirror.example/debian')
  t.equal(mirrorIn('deb [arch=amd64] http://mirror.example/debian/ x main\n'), 'http://mirror.example/debian/')
  t.equal(mirrorIn('deb http://mirror.example/debian-security x main\n'), undefined)
})

t.test('a user is found by the whole name', async t => {
  const passwd = 'root:x:0:0::/:/bin/sh\npostgres-old:x:7:7::/:/bin/sh\npostgres:x:101:104::/:/bin/sh\n'
  t.same(identityIn(passwd, 'postgres'), { uid: 101, gid: 104 })
  t.equal(identityIn(passwd, 'nobody'), undefined)
})
