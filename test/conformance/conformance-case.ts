// A case of the check-list, and how it is run: the real program with either front, between a raw client and a raw origin.
import type { Test } from 'tap'
import { type Proxy as RunningProxy, startProxy } from '../support/proxy.js'
import { RawClient } from './raw-client.js'
import type { Answer } from './read-answers.js'
import { type OriginRequest, ScriptedOrigin } from './scripted-origin.js'
import { uwsLimits } from './uws-limits.js'

/** M: an RFC demands it, or it is about loss, spoofing or smuggling. S: expected of a proxy. O: nice. */
export type Level = 'M' | 'S' | 'O'

export interface Case {
  readonly level: Level
  readonly name: string
  /** Both, unless said. */
  readonly front?: Front
  run(t: Test, bench: Bench): Promise<void>
}

export const fronts = ['strict', 'uws'] as const
export type Front = (typeof fronts)[number]

/** What a case works with. */
export interface Bench {
  readonly front: Front
  readonly origin: ScriptedOrigin
  readonly proxy: RunningProxy
  /** Ends with the case. */
  client(): Promise<RawClient>
  /** Sends `text` on a connection of its own and takes one answer. `request`: what reached the origin of it. */
  ask(text: string, method?: string): Promise<{ answer: Answer; request: OriginRequest | undefined; client: RawClient }>
}

/**
 * One thread, so that order can be told; no ghosts and no circuit, which would hide what the path itself does; no history,
 * whose 70 MB come some time after the start and would be taken for what a request costs.
 */
const plain = {
  CHAOS_WORKERS: '1',
  CHAOS_GHOST: 'off',
  CHAOS_CAPTURE: 'off',
  CHAOS_HISTORY: 'off',
  CHAOS_BREAKER_MIN_REQUESTS: '1000000',
  CHAOS_LOG_LEVEL: 'info',
}

/** Runs `cases` against both fronts; what uWebSockets.js cannot do is skipped there, by name. */
export function conformance(
  t: Test,
  section: string,
  cases: readonly Case[],
  env: Record<string, string> = {},
  only: readonly Front[] = fronts,
): void {
  const names = new Set<string>()
  for (const { name } of cases) {
    if (names.has(name)) throw new Error(`two cases are called «${name}»`)
    names.add(name)
  }
  for (const front of only) {
    t.test(`${section}: ${front}`, async t => {
      const origin = await ScriptedOrigin.open(t)
      const proxy = await startProxy(t, origin.url, { ...plain, ...env, CHAOS_FRONT: front })
      for (const { level, name, front: onlyFront, run } of cases) {
        if (onlyFront !== undefined && onlyFront !== front) continue
        const limit = front === 'uws' ? uwsLimits[name] : undefined
        await t.test(`${level} ${name}`, { ...(limit !== undefined && { skip: limit }) }, async t => {
          const clients: RawClient[] = []
          t.teardown(() => {
            for (const client of clients) client.leave()
          })
          origin.reset()
          const client = async (): Promise<RawClient> => {
            const opened = await RawClient.open(proxy.port)
            clients.push(opened)
            return opened
          }
          await run(t, {
            front,
            origin,
            proxy,
            client,
            ask: async (text, method = text.slice(0, text.indexOf(' '))) => {
              const asking = await client()
              const before = origin.requests.length
              asking.methods = [method]
              asking.send(text)
              const answer = await asking.answer()
              return { answer, request: origin.requests[before], client: asking }
            },
          })
          t.same(origin.broken, [], 'all that reached the origin was HTTP')
        })
      }
      t.equal(await edgeRestarts(proxy), 0, 'no edge has crashed')
    })
  }
}

export async function edgeRestarts(proxy: RunningProxy): Promise<number> {
  const { threads } = await proxy.admin<{ threads: { edgeRestarts: number } }>('/api/status')
  return threads.edgeRestarts
}

export const get = (target = '/', fields = ''): string => `GET ${target} HTTP/1.1\r\nHost: a.test\r\n${fields}\r\n`

export const post = (fields: string, body = ''): string => `POST / HTTP/1.1\r\nHost: a.test\r\n${fields}\r\n${body}`

export interface RefusalOptions {
  readonly level?: Level
  /** Which 4xx or 5xx; 400 unless said. */
  readonly status?: number | readonly number[]
  /** The wrong thing comes so late that a part of the request may have gone on; never a whole one. */
  readonly late?: boolean
}

/** What `bytes` are refused with, apart from what becomes of them. */
export const answered = (name: string): string => `${name}: with an answer`

/**
 * `bytes` are refused: at once, with the connection, and nothing of them or of what follows goes on. uWebSockets.js closes
 * without an answer where something follows in the same read, and so it is asked twice: is it safe, and is it said.
 */
export function refusal(name: string, bytes: string, options: RefusalOptions = {}): Case[] {
  const { level = 'M', status = 400, late = false } = options
  const statuses = typeof status === 'number' ? [status] : status
  const refused = async (t: Test, bench: Bench, sent: string, mustAnswer: boolean): Promise<void> => {
    const { origin, ask, client } = bench
    const bad = await client()
    bad.send(sent)
    await bad.end()
    const { final, rest } = bad.read()
    const said = `${JSON.stringify(bad.text.slice(0, 300))} is one of ${statuses}, alone`
    if (mustAnswer || final.length > 0) t.ok(final.length === 1 && statuses.includes(final[0]!.status), said)
    t.equal(rest, '')
    if (!late) t.equal(origin.octets, 0, 'nothing reached the origin')
    const { answer } = await ask(get('/after'))
    t.equal(answer.status, 200, 'others are served')
    t.same(
      origin.requests.map(request => request.target),
      ['/after'],
      'no whole request but the next one reached the origin',
    )
  }
  return [
    {
      level,
      name,
      run: (t, bench) => refused(t, bench, `${bytes}${get('/smuggled')}`, bench.front === 'strict'),
    },
    {
      level,
      name: answered(name),
      front: 'uws',
      run: (t, bench) => refused(t, bench, bytes, true),
    },
  ]
}
