// Random and spoiled answers of an upstream: 502, or what they say, and never the answer to another request. Seeded: a
// failure comes again.
import t from 'tap'
import { type Heard, readAnswer } from '../core/http1/answer-reader.js'
import { doubtfulAnswers, spoil, validAnswers } from '../core/http1/message-corpus.js'
import { bytesOf } from '../core/http1/request-reader.js'
import { startProxy } from '../support/proxy.js'
import { seededRandom } from '../support/random.js'
import { edgeRestarts, fronts, get } from './conformance-case.js'
import { RawClient } from './raw-client.js'
import { ScriptedOrigin } from './scripted-origin.js'

const REQUESTS = 1200
const AT_ONCE = 20

const next = seededRandom(43)

interface Planned {
  readonly method: 'GET' | 'HEAD'
  readonly bytes: Buffer
  readonly heard: Heard
  /** It says itself where it ends. */
  readonly ends: boolean
}

function plan(nth: number): Planned {
  const method = next() < 0.2 ? 'HEAD' : 'GET'
  const from = next() < 0.7 ? validAnswers : doubtfulAnswers
  // Each body names its request.
  const text = from[Math.floor(next() * from.length)]!.replace('hello', String(nth).padStart(5, '0'))
  const bytes =
    next() < 0.15
      ? Buffer.from(Array.from({ length: 1 + next() * 300 }, () => next() * 256))
      : bytesOf(next() < 0.5 ? spoil(text, next) : text)
  return { method, bytes, heard: readAnswer(bytes, method), ends: readAnswer(bytes, method, false).outcome === 'whole' }
}

for (const front of fronts) {
  t.test(`random and spoiled answers: ${front}`, async t => {
    const origin = await ScriptedOrigin.open(t)
    const plans = Array.from({ length: REQUESTS }, (_, nth) => plan(nth))
    origin.onRequest = ({ target, connection }) => {
      const { bytes, ends } = plans[Number(target.slice(1))]!
      if (ends) connection.socket.write(bytes)
      else connection.socket.end(bytes)
    }
    const proxy = await startProxy(t, origin.url, {
      CHAOS_FRONT: front,
      CHAOS_GHOST: 'off',
      CHAOS_BREAKER_MIN_REQUESTS: '1000000',
    })
    const counts = { passed: 0, refused: 0 }
    let nth = 0

    async function asker(): Promise<void> {
      let client = await RawClient.open(proxy.port)
      let asked: string[] = []
      while (nth < REQUESTS) {
        const target = nth++
        const { method, bytes, heard } = plans[target]!
        asked.push(method)
        client.methods = asked
        client.send(get(`/${target}`).replace('GET', method))
        const answer = (await client.answers(asked.length))[asked.length - 1]
        const expected = heard.outcome === 'whole' ? heard : { status: 502, body: undefined }
        // The last one of the connection: its body may have been ended by that.
        const same =
          answer !== undefined &&
          answer.status === expected.status &&
          (expected.body === undefined || answer.body === expected.body)
        if (!same)
          t.fail('not what the upstream said', {
            sent: JSON.stringify(bytes.toString('latin1')),
            got: JSON.stringify(answer),
            expected: JSON.stringify(expected),
          })
        counts[expected.body === undefined ? 'refused' : 'passed'] += 1
        if (!client.ended) continue
        client.leave()
        client = await RawClient.open(proxy.port)
        asked = []
      }
      client.leave()
    }

    await Promise.all(Array.from({ length: AT_ONCE }, asker))
    t.equal(await edgeRestarts(proxy), 0, 'no edge has crashed')
    t.ok(counts.passed > REQUESTS / 5 && counts.refused > REQUESTS / 5, JSON.stringify(counts))
  })
}
