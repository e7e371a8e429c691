// Go's httputil.ReverseProxy, compiled with the Go of this machine.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../../../scripts/services/free-port.js'
import { startForeignServer } from '../../foreign-server.js'
import { temporaryFolder } from '../../processes.js'
import type { Contender } from '../contender.js'

export const go: Contender = {
  name: 'go-reverse-proxy',
  runs: 'GOMAXPROCS=2; MaxIdleConnsPerHost 2048, copy buffers pooled',
  needs: ['go'],
  start: async ({ originPort, certificate }) => {
    const port = await freePort()
    const tls = certificate === undefined ? [] : ['-cert', certificate.certFile, '-key', certificate.keyFile]
    const server = await startForeignServer({
      program: await compiled(),
      args: ['-listen', `127.0.0.1:${port}`, '-origin', `http://127.0.0.1:${originPort}`, ...tls],
      env: { GOMAXPROCS: '2' },
      port,
    })
    return { url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, ...server }
  },
}

// Seen from dist/bench/peers/contenders, where this file runs: the compiler of TypeScript leaves Go where it is.
const source = fileURLToPath(new URL('../../../../bench/peers/go-reverse-proxy/main.go', import.meta.url))
let program: Promise<string> | undefined

function compiled(): Promise<string> {
  program ??= compile()
  return program
}

async function compile(): Promise<string> {
  const file = join(temporaryFolder(), 'go-reverse-proxy')
  // It has no dependencies; another release of Go shall not be fetched either.
  await promisify(execFile)('go', ['build', '-o', file, source], {
    env: { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '' },
  })
  return file
}
