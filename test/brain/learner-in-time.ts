// A learner on a real LMDB whose clock goes with what it is told, and exchanges to tell it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Exchange } from '../../core/contract/exchange.js'
import type { Exemplar } from '../../core/contract/memory.js'
import { openLearner } from '../support/learner.js'

type Tap = { teardown(fn: () => unknown): void }

let clock = 1_000_000
export const json = ['content-type', 'application/json']
export const exchange = (target: string, body: unknown, over: Partial<Exchange> = {}): Exchange => {
  clock += 10
  const [path, query = ''] = target.split('?') as [string, string?]
  const method = over.method ?? 'GET'
  const key = `${method} ${target} ${over.scope ?? ''}`
  return {
    ...{ startedAt: clock, completedAt: clock + 5, firstByteMs: 1, method, path, query, scope: '', shared: false },
    ...{
      baseKey: key,
      key,
      vary: [],
      requestHeaders: json,
      requestBody: new Uint8Array(0),
      status: 200,
      headers: json,
    },
    body: body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body)),
    ...{ redactions: 0, repeats: 0 },
    ...over,
  }
}
export const write = (
  method: string,
  target: string,
  sent: unknown,
  over: Partial<Exchange> & { says?: unknown } = {},
) => {
  const { says, ...rest } = over
  const requestBody = sent === undefined ? new Uint8Array(0) : Buffer.from(JSON.stringify(sent))
  return exchange(target, says, { method, requestBody, status: says === undefined ? 204 : 200, ...rest })
}

export const open = (t: Tap, dir?: string) => {
  const folder = dir ?? mkdtempSync(join(tmpdir(), 'chaos-fresh-'))
  if (dir === undefined) t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const { learner, memory } = openLearner(folder, () => (clock += 10))
  let isOpen = true
  const close = async (): Promise<void> => {
    if (isOpen) await memory.close()
    isOpen = false
  }
  t.teardown(close)
  const ask = (target: string, scope = '') => {
    const [path, query = ''] = target.split('?') as [string, string?]
    const reply = learner.compose({ method: 'GET', path, query, scope, contentType: '', body: '' })
    if (reply.kind === 'none') return { refused: reply.because }
    return {
      because: reply.because,
      status: reply.status,
      body: JSON.parse(Buffer.from(reply.body).toString() || 'null'),
    }
  }
  const exemplar = (target: string, scope = ''): Exemplar => memory.exemplar(`GET ${target} ${scope}`) as Exemplar
  const isStale = (target: string, scope = ''): boolean => exemplar(target, scope).staleAt !== undefined
  const learn = (...exchanges: Exchange[]) => learner.learn(exchanges)
  return { folder, learner, memory, ask, exemplar, isStale, learn, close }
}
