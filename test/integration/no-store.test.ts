// Answers that say no-store: never kept by default; with CHAOS_GHOST_HONOUR=ignore-no-store for their own credentials alone. The real
// program before a real server that goes away.
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { patience } from '../support/patience.js'
import { startProxy } from '../support/proxy.js'

const until = patience(20_000)

/** Somebody's notes. Whatever the API says to whom, it says `no-store`, and names the person in every answer. */
async function openNotes(t: { teardown(fn: () => unknown): void }): Promise<{ url: string; kill(): void }> {
  const people: Record<string, string> = { 'Bearer a': 'canary-of-ann', 'Bearer b': 'canary-of-ben' }
  const server = createServer((request, response) => {
    const who = people[request.headers.authorization ?? '']
    const [, place, id] = request.url!.split('/')
    const notes = [1, 2, 3, 4].map(id => ({ id, owner: who, text: `note ${id} of ${who}` }))
    const note = notes.find(note => String(note.id) === id)
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store, public, max-age=600' }
    const say = (status: number, body: unknown) => response.writeHead(status, headers).end(JSON.stringify(body))
    if (place === 'plain') return response.setHeader('content-type', 'application/json').end('{"it":"may be kept"}')
    if (place === 'open') return say(200, { owner: 'canary-of-nobody' })
    if (who === undefined) return say(401, { error: 'who are you?' })
    if (id === undefined) return say(200, notes)
    return note === undefined ? say(404, { error: 'no such note' }) : say(200, note)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const kill = (): void => {
    server.close()
    server.closeAllConnections()
  }
  t.teardown(kill)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, kill }
}

const ann = { authorization: 'Bearer a' }
const ben = { authorization: 'Bearer b' }
const paths = ['/notes', '/notes/1', '/notes/2', '/notes/3', '/notes/9', '/open']

/** All octets of the files below. */
function everythingIn(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name)).toString('latin1'))
    .join('\n')
}

t.test('by default nothing of them is kept, for nobody', async t => {
  const { url, kill } = await openNotes(t)
  const proxy = await startProxy(t, url)
  for (let round = 0; round < 2; round++)
    for (const headers of [ann, ben, {}]) for (const path of paths) await proxy.get(path, headers)
  await proxy.settled()
  kill()
  for (const headers of [ann, ben, {}])
    for (const path of paths) {
      const reply = await proxy.get(path, headers)
      t.match(String(reply.status), /^50[23]$/, path)
      t.notMatch(reply.body.toString(), /canary/)
    }
  await proxy.stop()
  t.notMatch(everythingIn(proxy.dataDir), /canary-of/)
})

t.test('where it is ignored they are kept for their own credentials, and told to no other', async t => {
  const { url, kill } = await openNotes(t)
  const proxy = await startProxy(t, url, { CHAOS_GHOST_HONOUR: 'ignore-no-store' })
  const live = new Map<string, string>()
  for (let round = 0; round < 2; round++)
    for (const path of paths) {
      live.set(path, (await proxy.get(path, ann)).body.toString())
      await proxy.get(path)
    }
  await proxy.get('/notes/1', ben)
  await proxy.get('/plain', ann)
  await proxy.settled()
  kill()
  for (const path of paths) {
    const own = await proxy.get(path, ann)
    t.equal(own.headers['x-ghost'], 'exact', path)
    t.equal(own.body.toString(), live.get(path))
    t.match(own.headers['cache-control'], /no-store/, 'and no cache behind keeps it')
  }
  t.match((await proxy.get('/notes/1', ben)).body.toString(), /canary-of-ben/)
  for (const headers of [ben, { authorization: 'Bearer c' }, {}])
    for (const path of [...paths, '/notes/4']) {
      const reply = await proxy.get(path, headers)
      t.notMatch(reply.body.toString(), /canary-of-(?:ann|nobody)/, `${path} asked with ${JSON.stringify(headers)}`)
    }
  const history = await until(
    () => proxy.adminText('/api/exchanges.har'),
    text => text.includes('may be kept'),
  )
  t.match(history, /may be kept/)
  t.notMatch(history, /canary-of/, 'the history has none of them')
  await proxy.stop()
  t.match(everythingIn(join(proxy.dataDir, 'memory')), /canary-of-ann/, 'the memory has')

  const again = await startProxy(t, url, { CHAOS_DATA_DIR: proxy.dataDir })
  t.match(
    String((await again.get('/notes/1', ann)).status),
    /^50[23]$/,
    'set back to the default, what is kept is silent',
  )
})
