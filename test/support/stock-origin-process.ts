// A backend whose answers stand in a file, by target: what it says after a restart may be something else.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const [port = '0', file = ''] = process.argv.slice(2)
const seen: Record<string, number> = {}

const server = createServer((request, response) => {
  seen[request.url!] = (seen[request.url!] ?? 0) + 1
  const answers = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  const answer = answers[request.url!]
  response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer ?? { error: 'nothing is here' }))
})
server.listen(Number(port), '127.0.0.1', () => {
  process.send!({ port: (server.address() as AddressInfo).port })
})
process.on('message', () => process.send!(seen))
process.on('disconnect', () => process.exit())
