// @fastify/http-proxy as its users run it. Only owner of fastify and its proxy.
import proxy from '@fastify/http-proxy'
import fastify from 'fastify'
import { inCluster } from './node-cluster.js'

await inCluster(async ({ port, origin, tls }) => {
  const app = fastify({ logger: false, https: tls ?? null })
  await app.register(proxy, { upstream: origin, undici: { connections: 1024, pipelining: 1 } })
  await app.listen({ port, host: '127.0.0.1' })
})
