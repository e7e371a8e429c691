// Caddy: Go underneath, with a configuration as short as its users like it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../scripts/services/free-port.js'
import { startForeignServer } from '../../foreign-server.js'
import { temporaryFolder } from '../../processes.js'
import type { Contender, Stand } from '../contender.js'

export const caddy: Contender = {
  name: 'caddy',
  runs: 'GOMAXPROCS=2; 2048 idle connections to the origin, no access log, no compression towards the origin',
  needs: ['caddy'],
  start: async stand => {
    const folder = temporaryFolder()
    const file = join(folder, 'Caddyfile')
    const port = await freePort()
    writeFileSync(file, configuration(port, stand))
    const server = await startForeignServer({
      program: 'caddy',
      args: ['run', '--config', file, '--adapter', 'caddyfile'],
      env: { GOMAXPROCS: '2', HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
      port,
    })
    return { url: `${stand.certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, ...server }
  },
}

function configuration(port: number, { originPort, certificate }: Stand): string {
  return `
{
  admin off
  auto_https off
  log {
    level ERROR
  }
}
${certificate === undefined ? 'http' : 'https'}://:${port} {
  bind 127.0.0.1
  ${certificate === undefined ? '' : `tls ${certificate.certFile} ${certificate.keyFile}`}
  reverse_proxy 127.0.0.1:${originPort} {
    transport http {
      keepalive_idle_conns 4096
      keepalive_idle_conns_per_host 2048
      compression off
    }
  }
}
`
}
