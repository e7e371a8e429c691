// A process of its own, so that SIGKILL is a real one: json-server as its documentation shows it, with an access check
// before the private accounts. Arguments: the file with the data, the port. Only owner of json-server.
import { readFileSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { DemoData } from './data.js'

type Handler = (request: IncomingMessage & { path: string }, response: ServerResponse, next: () => void) => void
interface JsonServer {
  create(): { use(handler: unknown): void; listen(port: number, host: string, ready: () => void): Server }
  defaults(options: { logger: boolean }): unknown
  router(source: object): unknown
}

const [file, port] = process.argv.slice(2)
const { resources, tokens } = JSON.parse(readFileSync(file!, 'utf8')) as DemoData
const jsonServer = createRequire(import.meta.url)('json-server') as JsonServer

const onlyItsOwner: Handler = (request, response, next) => {
  const account = /^\/accounts(?:\/(\d+))?/.exec(request.path)
  if (account === null) return next()
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  const owned = token === undefined ? undefined : tokens[token]
  if (owned !== undefined && String(owned) === account[1]) return next()
  const status = owned === undefined ? 401 : 403
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: status === 401 ? 'give a token' : 'this account is not yours' }))
}

const api = jsonServer.create()
api.use(jsonServer.defaults({ logger: false }))
api.use(onlyItsOwner)
api.use(jsonServer.router(resources))
const server = api.listen(Number(port), '127.0.0.1', () => {
  process.send?.({ port: (server.address() as { port: number }).port })
})
// The demo may be killed before it can end us.
process.on('disconnect', () => process.exit(0))
