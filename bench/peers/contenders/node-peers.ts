// The two reverse proxies that Node users know, each in a cluster of two processes.
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../scripts/services/free-port.js'
import { startForeignServer } from '../../foreign-server.js'
import type { Contender } from '../contender.js'

export const httpProxy = nodePeer('http-proxy', './http-proxy-process.js', 'an agent that keeps connections')
export const fastifyHttpProxy = nodePeer('@fastify/http-proxy', './fastify-process.js', 'undici with 1024 connections')

function nodePeer(packageName: string, file: string, tuned: string): Contender {
  return {
    name: packageName,
    runs: `cluster of 2 processes; ${tuned}, no log`,
    needs: [packageName],
    start: async ({ originPort, certificate }) => {
      const port = await freePort()
      const tls = certificate === undefined ? [] : [certificate.certFile, certificate.keyFile]
      const server = await startForeignServer({
        program: process.execPath,
        args: [fileURLToPath(new URL(file, import.meta.url)), String(port), `http://127.0.0.1:${originPort}`, ...tls],
        env: { NODE_ENV: 'production' },
        port,
        endWith: 'SIGTERM',
      })
      return { url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, ...server }
    },
  }
}
