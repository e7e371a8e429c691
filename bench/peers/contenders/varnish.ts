// Varnish: passing everything as a proxy, and with grace as a cache before a dead origin.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../../scripts/services/free-port.js'
import { startForeignServer } from '../../foreign-server.js'
import { type Server, temporaryFolder } from '../../processes.js'
import type { Contender, GhostContender } from '../contender.js'

export const varnish: Contender = {
  name: 'varnish',
  runs: '2 thread pools; return (pass)',
  needs: ['varnishd'],
  noTls: 'varnish speaks no TLS with clients',
  start: ({ originPort }) => startVarnish(passing(originPort)),
}

export const varnishGrace: GhostContender = {
  name: 'varnish-grace',
  runs: '2 thread pools; ttl 1 s, grace 1 h, the origin probed',
  needs: ['varnishd'],
  start: originPort => startVarnish(gracing(originPort)),
}

async function startVarnish(vcl: string): Promise<Server> {
  const folder = temporaryFolder()
  const file = join(folder, 'bench.vcl')
  writeFileSync(file, vcl)
  const port = await freePort()
  const parameters = ['thread_pools=2', 'thread_pool_min=600', 'thread_pool_max=5000', 'timeout_idle=60']
  const { pid, stop } = await startForeignServer({
    program: 'varnishd',
    args: [
      ...['-F', '-j', 'none', '-n', join(folder, 'work'), '-a', `127.0.0.1:${port}`, '-f', file, '-s', 'malloc,256m'],
      ...parameters.flatMap(parameter => ['-p', parameter]),
    ],
    port,
    // Its child is what answers.
    endWith: 'SIGTERM',
  })
  return { url: `http://127.0.0.1:${port}`, pid, stop }
}

function passing(originPort: number): string {
  return `
vcl 4.1;
backend default { .host = "127.0.0.1"; .port = "${originPort}"; }
sub vcl_recv { return (pass); }
`
}

/** The probe makes a fetch from a dead origin fail at once instead of at its connection: this is its fastest. */
function gracing(originPort: number): string {
  return `
vcl 4.1;
backend default {
  .host = "127.0.0.1"; .port = "${originPort}";
  .probe = { .url = "/api/items/1"; .interval = 300ms; .timeout = 200ms; .window = 3; .threshold = 2; }
}
sub vcl_recv { return (hash); }
sub vcl_backend_response {
  set beresp.ttl = 1s;
  set beresp.grace = 1h;
}
`
}
