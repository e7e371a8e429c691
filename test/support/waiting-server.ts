// A server that answers when the test lets it: at once, or held back after nothing or half of the answer.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Proxy as RunningProxy, startProxy } from './proxy.js'

export async function startWaitingServer(t: { teardown(fn: () => unknown): void }) {
  const state = {
    price: 1,
    status: 200,
    /** What the body is said to be coded in. */
    coding: undefined as string | undefined,
    /** Requests wait here while it is set. */
    held: undefined as { path: string; response: ServerResponse }[] | undefined,
    /** The head and half of the body go out before it waits. */
    begins: false,
    asked: new Map<string, number>(),
    arrived: () => {},
  }
  const bodyOf = (path: string): string => JSON.stringify({ path, price: state.price, note: 'x'.repeat(40) })
  const answer = (path: string, response: ServerResponse): void => {
    if (state.coding !== undefined) response.setHeader('content-encoding', state.coding)
    if (!response.headersSent) response.writeHead(state.status, { 'content-type': 'application/json' })
    response.end(state.begins ? bodyOf(path).slice(20) : bodyOf(path))
  }
  const server = createServer((request, response) => {
    const { method, url = '' } = request
    state.asked.set(`${method} ${url}`, (state.asked.get(`${method} ${url}`) ?? 0) + 1)
    request.resume()
    if (state.held === undefined) {
      answer(url, response)
      return
    }
    if (state.begins) response.writeHead(200, { 'content-type': 'application/json' }).write(bodyOf(url).slice(0, 20))
    state.held.push({ path: url, response })
    state.arrived()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    state,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: () => {
      state.held = []
    },
    /** Until a request waits at the server. */
    held: () =>
      new Promise<void>(resolve => {
        if ((state.held?.length ?? 0) > 0) resolve()
        else state.arrived = resolve
      }),
    /** Until the connections of those that wait are closed from the other side. */
    heldIsGone: () =>
      Promise.all((state.held ?? []).map(({ response }) => (response.destroyed ? undefined : once(response, 'close')))),
    release: () => {
      for (const { path, response } of state.held ?? []) answer(path, response)
      state.held = undefined
      state.begins = false
    },
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** A proxy before it that has learned `/books/1`. */
export async function startLearned(
  t: { teardown(fn: () => unknown): void },
  url: string,
  settings: Record<string, string>,
): Promise<RunningProxy> {
  const proxy = await startProxy(t, url, settings)
  await proxy.get('/books/1')
  await proxy.settled()
  return proxy
}
