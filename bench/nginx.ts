// The peer that everybody knows: nginx as a reverse proxy, and as a cache that serves stale answers when the origin is dead.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, keep, temporaryFolder } from './processes.js'

export interface Nginx {
  /** Passes on to the living origin, connections kept alive. */
  readonly proxyUrl: string
  /** Caches the origin that will be killed. */
  readonly staleUrl: string
}

const READY_WITHIN_MS = 5000

export async function startNginx(livePort: number, dyingPort: number): Promise<Nginx> {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'cache'))
  const [proxyPort, stalePort] = [await freePort(), await freePort()]
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration(folder, { proxyPort, stalePort, livePort, dyingPort }))
  // `stderr` is where it speaks before it has read its configuration.
  const child = spawn('nginx', ['-p', folder, '-c', file, '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'] })
  // Its workers outlive a master that had no chance to end them.
  keep(child, 'SIGTERM')
  let said = ''
  child.stderr.on('data', chunk => {
    said = (said + chunk).slice(-2000)
  })
  const startedAt = performance.now()
  while (!(await answers(stalePort))) {
    if (child.exitCode !== null || performance.now() - startedAt > READY_WITHIN_MS)
      throw new Error(`nginx did not start:\n${said}`)
    await sleep(20)
  }
  return { proxyUrl: `http://127.0.0.1:${proxyPort}`, staleUrl: `http://127.0.0.1:${stalePort}` }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

interface Ports {
  readonly proxyPort: number
  readonly stalePort: number
  readonly livePort: number
  readonly dyingPort: number
}

function configuration(folder: string, { proxyPort, stalePort, livePort, dyingPort }: Ports): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(name => `${name}_temp_path ${join(folder, name)};`)
    .join('\n  ')
  return `
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 2;
daemon off;
pid ${join(folder, 'nginx.pid')};
error_log /dev/null crit;
events { worker_connections 4096; }
http {
  ${temporary}
  access_log off;
  sendfile on;
  keepalive_requests 100000000;
  proxy_cache_path ${join(folder, 'cache')} levels=1:2 keys_zone=bench:16m inactive=1h use_temp_path=off;
  upstream live { server 127.0.0.1:${livePort}; keepalive 128; keepalive_requests 100000000; }
  # Named twice: nginx never takes a lone server for dead and would try it anew for each request. This is its fastest.
  upstream dying { server 127.0.0.1:${dyingPort}; server 127.0.0.1:${dyingPort}; keepalive 128; }
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  server {
    listen 127.0.0.1:${proxyPort};
    location / { proxy_pass http://live; }
  }
  server {
    listen 127.0.0.1:${stalePort};
    location / {
      proxy_pass http://dying;
      proxy_cache bench;
      proxy_cache_key $request_uri;
      proxy_cache_valid 200 1s;
      proxy_cache_use_stale error timeout updating http_500 http_502 http_503 http_504;
    }
  }
}
`
}
