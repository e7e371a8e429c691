// The peer that everybody knows: nginx as a reverse proxy, and as a cache that serves stale answers when the origin is dead.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../scripts/services/free-port.js'
import { startForeignServer } from './foreign-server.js'
import { type Server, temporaryFolder } from './processes.js'

export interface Nginx extends Server {
  /** Passes on to the living origin, connections kept alive. */
  readonly proxyUrl: string
  /** Caches the origin that will be killed. */
  readonly staleUrl: string
}

/** Files, PEM. */
export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
}

/** `certificate`: the port of `proxyUrl` speaks TLS. */
export async function startNginx(livePort: number, dyingPort: number, certificate?: Certificate): Promise<Nginx> {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'cache'))
  const [proxyPort, stalePort] = [await freePort(), await freePort()]
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration(folder, { proxyPort, stalePort, livePort, dyingPort }, certificate))
  const { pid, stop } = await startForeignServer({
    program: 'nginx',
    // `stderr` is where it speaks before it has read its configuration.
    args: ['-p', folder, '-c', file, '-e', 'stderr'],
    port: stalePort,
    // Its workers outlive a master that had no chance to end them.
    endWith: 'SIGTERM',
  })
  const proxyUrl = `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${proxyPort}`
  return { url: proxyUrl, proxyUrl, staleUrl: `http://127.0.0.1:${stalePort}`, pid, stop }
}

interface Ports {
  readonly proxyPort: number
  readonly stalePort: number
  readonly livePort: number
  readonly dyingPort: number
}

function configuration(folder: string, ports: Ports, certificate: Certificate | undefined): string {
  const { proxyPort, stalePort, livePort, dyingPort } = ports
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(name => `${name}_temp_path ${join(folder, name)};`)
    .join('\n  ')
  const tls =
    certificate === undefined
      ? ''
      : `ssl_certificate ${certificate.certFile}; ssl_certificate_key ${certificate.keyFile}; ssl_protocols TLSv1.2 TLSv1.3;`
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
  upstream live { server 127.0.0.1:${livePort}; keepalive 1024; keepalive_requests 100000000; }
  # Named twice: nginx never takes a lone server for dead and would try it anew for each request. This is its fastest.
  upstream dying { server 127.0.0.1:${dyingPort}; server 127.0.0.1:${dyingPort}; keepalive 128; }
  client_max_body_size 0;
  # Long answers through memory: the detour by a file is what it costs most.
  proxy_buffers 8 32k;
  proxy_max_temp_file_size 0;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  server {
    listen 127.0.0.1:${proxyPort}${tls === '' ? '' : ' ssl'};
    ${tls}
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
