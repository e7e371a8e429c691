// Requests by which the bench teaches a proxy and checks it; none of them is measured.
import { once } from 'node:events'
import { request as ask, type IncomingMessage } from 'node:http'
import { request as askTls } from 'node:https'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Reply {
  readonly status: number
  /** Value of x-ghost, or why it stayed silent: `none: low-confidence`; undefined for a live answer. */
  readonly ghost: string | undefined
  readonly body: string
}

/** Certificates are believed unseen: the bench makes its own. */
export async function get(url: string): Promise<Reply> {
  const request = url.startsWith('https:')
    ? askTls(url, { rejectUnauthorized: false, timeout: ANSWER_WITHIN_MS })
    : ask(url, { timeout: ANSWER_WITHIN_MS })
  request.end()
  request.once('timeout', () => request.destroy(new Error(`GET ${url}: silent for ${ANSWER_WITHIN_MS} ms`)))
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const body = await text(response)
  const ghost = response.headers['x-ghost'] as string | undefined
  const because = response.headers['x-ghost-refused']
  return { status: response.statusCode!, ghost: because === undefined ? ghost : `${ghost}: ${because}`, body }
}

const ANSWER_WITHIN_MS = 30_000

const AT_ONCE = 8
/** Below what an edge ships to the learner a second, so that nothing is sampled out. */
const TAUGHT_PER_SECOND = 150

/** Asks for each path once, no faster than a proxy learns without sampling. */
export async function teach(url: string, paths: readonly string[]): Promise<void> {
  const startedAt = performance.now()
  const waiting = [...paths]
  let sent = 0
  const teacher = async (): Promise<void> => {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      const early = (sent++ / TAUGHT_PER_SECOND) * 1000 - (performance.now() - startedAt)
      if (early > 0) await sleep(early)
      const { status } = await get(url + path)
      if (status !== 200) throw new Error(`GET ${url}${path} answered ${status} while it was taught`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, teacher))
}

const SETTLE_WITHIN_MS = 60_000

/** Waits until the proxy has learned all that it was shown: nothing pending, nothing changed for three looks. */
export async function learned(adminUrl: string): Promise<void> {
  const startedAt = performance.now()
  let before = ''
  for (let calm = 0; calm < 3; ) {
    const { body } = await get(`${adminUrl}/api/learning`)
    calm = body === before && (JSON.parse(body) as { pending: number }).pending === 0 ? calm + 1 : 0
    before = body
    if (performance.now() - startedAt > SETTLE_WITHIN_MS) throw new Error(`still learning after 60 s: ${body}`)
    await sleep(100)
  }
}

/** Asks for each path and fails where the answer is not a ghost of this tier with the content that `truthUrl` gives. */
export async function expectGhosts(
  url: string,
  truthUrl: string,
  paths: readonly string[],
  tier: string,
): Promise<void> {
  for (const path of paths) {
    const [reply, truth] = await Promise.all([get(url + path), get(truthUrl + path)])
    if (reply.ghost !== tier)
      throw new Error(
        `GET ${path} should get a ghost of tier ${tier}, got ${reply.ghost ?? 'a live answer'} (${reply.status})`,
      )
    if (reply.body !== truth.body) throw new Error(`the ${tier} ghost of GET ${path} is not what the origin says`)
  }
}

/** Fails where one of the paths does not get 200 without a mark of a ghost. */
export async function expectLive(url: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const { status, ghost } = await get(url + path)
    if (status !== 200 || ghost !== undefined)
      throw new Error(`GET ${url}${path} answered ${status}${ghost === undefined ? '' : `, a ghost (${ghost})`}`)
  }
}

const LIVE_WITHIN_MS = 15_000

/** Waits until the answer comes from the origin, several times in a row: the circuit is closed for every edge. */
export async function liveAgain(url: string): Promise<void> {
  const startedAt = performance.now()
  for (let inARow = 0; inARow < 20; ) {
    const { status, ghost } = await get(url)
    inARow = status === 200 && ghost === undefined ? inARow + 1 : 0
    if (performance.now() - startedAt > LIVE_WITHIN_MS) throw new Error(`GET ${url} was not live again within 15 s`)
    if (inARow === 0) await sleep(50)
  }
}
