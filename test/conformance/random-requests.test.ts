// Random and spoiled requests at the real program: no edge crashes, nothing that is no HTTP goes on, and a client gets as
// many answers as its octets hold requests. Seeded: a failure comes again.
import t from 'tap'
import { doubtfulRequests, spoil, validRequests } from '../core/http1/message-corpus.js'
import { bytesOf, cutAnywhere, readRequests } from '../core/http1/request-reader.js'
import { startProxy } from '../support/proxy.js'
import { seededRandom } from '../support/random.js'
import { edgeRestarts, get } from './conformance-case.js'
import { RawClient } from './raw-client.js'
import { ScriptedOrigin } from './scripted-origin.js'

const STREAMS = 3000
const AT_ONCE = 40

const next = seededRandom(41)
const pick = (from: readonly string[]): string => from[Math.floor(next() * from.length)]!

function stream(nth: number): Buffer {
  if (nth % 5 === 0) return Buffer.from(Array.from({ length: 1 + next() * 400 }, () => next() * 256))
  let text = ''
  for (let i = 0; i < 1 + next() * 3; i++) text += next() < 0.6 ? pick(validRequests) : pick(doubtfulRequests)
  return bytesOf(next() < 0.7 ? spoil(text, next) : text)
}

t.test('random and spoiled requests: strict', async t => {
  const origin = await ScriptedOrigin.open(t)
  const proxy = await startProxy(t, origin.url, {
    CHAOS_FRONT: 'strict',
    CHAOS_GHOST: 'off',
    CHAOS_BREAKER_MIN_REQUESTS: '1000000',
  })
  const counts = { answered: 0, refused: 0, silent: 0 }

  async function one(nth: number): Promise<void> {
    const bytes = stream(nth)
    const { requests } = readRequests([bytes])
    const whole = requests.filter(({ complete }) => complete)
    const client = await RawClient.open(proxy.port)
    client.methods = requests.map(({ method }) => method)
    const pieces = next() < 0.3 ? cutAnywhere(bytes, next) : [bytes]
    for (const piece of pieces) {
      client.send(piece)
      if (pieces.length > 1) await new Promise(resolve => setImmediate(resolve))
    }
    // Only then: a client that has ended its side is not waited for as long as a busy machine may take.
    await client.until(() => client.ended || client.read().final.length >= whole.length)
    client.halfClose()
    await client.end()
    client.leave()
    const { final, rest } = client.read()
    const statuses = final.map(({ status }) => status)
    const good = statuses.filter(status => status === 200).length
    // One refusal at most, and it is the last thing that is said.
    const refused = statuses.length - good
    const last = statuses.at(-1)
    if (good !== whole.length || refused > 1 || (refused === 1 && last === 200) || rest !== '')
      t.fail('not as many answers as requests', {
        sent: JSON.stringify(bytes.toString('latin1')),
        got: JSON.stringify(client.text),
        requests: whole.length,
      })
    counts[refused > 0 ? 'refused' : good > 0 ? 'answered' : 'silent'] += 1
  }

  let nth = 0
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (nth < STREAMS) await one(nth++)
    }),
  )
  t.same(origin.broken, [], 'all that reached the origin was HTTP')
  t.equal(await edgeRestarts(proxy), 0, 'no edge has crashed')
  t.ok(counts.refused > STREAMS / 3 && counts.answered > STREAMS / 20, JSON.stringify(counts))
  const after = await RawClient.open(proxy.port)
  after.send(get('/after'))
  t.equal((await after.answer()).status, 200, 'and the proxy goes on')
  after.leave()
})

// What uWebSockets.js makes of such octets is its own; that it takes nobody down, and that we pass no nonsense on, is ours.
t.test('random and spoiled requests: uws', async t => {
  const origin = await ScriptedOrigin.open(t)
  const proxy = await startProxy(t, origin.url, {
    CHAOS_FRONT: 'uws',
    CHAOS_GHOST: 'off',
    CHAOS_BREAKER_MIN_REQUESTS: '1000000',
  })
  let nth = 0
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (nth < STREAMS / 3) {
        const client = await RawClient.open(proxy.port)
        client.send(stream(nth++))
        if (next() < 0.5) client.halfClose()
        else {
          // Time for what it may pass on; what is awaited is nothing but the next turn.
          for (let turns = 0; turns < 5; turns++) await new Promise(resolve => setImmediate(resolve))
          client.reset()
        }
        await client.end()
        client.leave()
      }
    }),
  )
  t.same(origin.broken, [], 'all that reached the origin was HTTP')
  t.equal(await edgeRestarts(proxy), 0, 'no edge has crashed')
  const after = await RawClient.open(proxy.port)
  after.send(get('/after'))
  t.equal((await after.answer()).status, 200, 'and the proxy goes on')
  after.leave()
})
