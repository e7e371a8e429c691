// Real answers of real backends, as the fidelity bench has recorded them, made into exchanges that are captured in simulated time:
// what clients ask again is answered again as it was.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Exchange } from '../../core/contract/exchange.js'
import { splitTarget } from '../../core/contract/target.js'

export const recordedBackends = ['jsonserver', 'datasette'] as const
export type RecordedBackend = (typeof recordedBackends)[number]

interface Sent {
  readonly m: string
  readonly p: string
  readonly as?: string
}
interface Answered {
  readonly s: number
  readonly ct?: string
  readonly b?: { readonly j?: unknown }
}

export interface Recorded {
  readonly path: string
  readonly query: string
  readonly scope: string
  readonly body: unknown
}

/** Reads that were answered with JSON. */
export function recordedAnswers(backend: RecordedBackend): Recorded[] {
  const file = (name: string): Buffer =>
    readFileSync(fileURLToPath(new URL(`../../../bench/fidelity/open/${backend}/${name}`, import.meta.url)))
  const { train } = JSON.parse(file('workload.json').toString()) as { train: Sent[] }
  const truth = JSON.parse(gunzipSync(file('truth.json.gz')).toString()) as { train: Answered[] }
  return train.flatMap(({ m, p, as }, i) => {
    const answer = truth.train[i]
    if (m !== 'GET' || answer?.s !== 200 || answer.b?.j === undefined) return []
    const { path, query = '' } = splitTarget(p)
    return [{ path, query, scope: as ?? '', body: answer.b.j }]
  })
}

const json = ['content-type', 'application/json']

/** As an edge would hand it over. */
export function exchangeOf({ path, query, scope, body }: Recorded, at: number): Exchange {
  const key = `GET ${path}?${query} ${scope}`
  return {
    ...{ startedAt: at, completedAt: at + 5, firstByteMs: 4, method: 'GET', path, query, scope, shared: false },
    ...{ baseKey: key, key, vary: [], requestHeaders: ['accept', 'application/json'], requestBody: new Uint8Array(0) },
    ...{ status: 200, headers: json, body: Buffer.from(JSON.stringify(body)), redactions: 0, repeats: 0 },
  }
}
