// http-proxy as its users run it, with an agent that keeps connections to the origin. Only owner of http-proxy.
import { Agent, createServer, type RequestListener, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import httpProxy from 'http-proxy'
import { inCluster } from './node-cluster.js'

await inCluster(({ port, origin, tls }) => {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 1024 })
  const proxy = httpProxy.createProxyServer({ target: origin, agent })
  proxy.on('error', (_error, _request, response) => {
    if (response instanceof ServerResponse && !response.headersSent) response.writeHead(502)
    response.end()
  })
  const pass: RequestListener = (request, response) => proxy.web(request, response)
  const server = tls === undefined ? createServer(pass) : createTlsServer(tls, pass)
  server.listen(port, '127.0.0.1')
})
