// nginx as a proxy, and as a cache that serves stale answers when the origin is dead.
import { startNginx } from '../../nginx.js'
import type { Contender, GhostContender } from '../contender.js'

export const nginx: Contender = {
  name: 'nginx',
  runs: '2 worker processes; upstream connections kept alive, no access log, no temporary files',
  needs: ['nginx'],
  start: ({ originPort, certificate }) => startNginx(originPort, originPort, certificate),
}

export const nginxStale: GhostContender = {
  name: 'nginx-stale',
  runs: '2 worker processes; proxy_cache with proxy_cache_use_stale',
  needs: ['nginx'],
  start: async originPort => {
    const server = await startNginx(originPort, originPort)
    return { ...server, url: server.staleUrl }
  },
}
