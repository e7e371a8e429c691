// HAProxy: two threads, connections to the origin shared by all clients.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../scripts/services/free-port.js'
import { startForeignServer } from '../../foreign-server.js'
import type { Certificate } from '../../nginx.js'
import { temporaryFolder } from '../../processes.js'
import type { Contender } from '../contender.js'

export const haproxy: Contender = {
  name: 'haproxy',
  runs: 'nbthread 2; http-reuse always, no log',
  needs: ['haproxy'],
  start: async ({ originPort, certificate }) => {
    const folder = temporaryFolder()
    const file = join(folder, 'haproxy.cfg')
    const port = await freePort()
    writeFileSync(file, configuration(port, originPort, certificate && pemOf(certificate, folder)))
    const server = await startForeignServer({ program: 'haproxy', args: ['-db', '-f', file], port })
    return { url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, ...server }
  },
}

/** It wants certificate and key in one file. */
function pemOf({ certFile, keyFile }: Certificate, folder: string): string {
  const file = join(folder, 'both.pem')
  writeFileSync(file, readFileSync(certFile, 'utf8') + readFileSync(keyFile, 'utf8'), { mode: 0o600 })
  return file
}

/** A connection takes up to four descriptors: with more than this it would not start under a usual limit of open files. */
const MAX_CONNECTIONS = 4000

function configuration(port: number, originPort: number, pem: string | undefined): string {
  return `
global
  nbthread 2
  maxconn ${MAX_CONNECTIONS}
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout http-keep-alive 60s
  option http-keep-alive
  http-reuse always
frontend clients
  bind 127.0.0.1:${port}${pem === undefined ? '' : ` ssl crt ${pem}`}
  default_backend origins
backend origins
  server origin 127.0.0.1:${originPort}
`
}
