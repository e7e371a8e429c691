// Everybody who takes part, in the order of the tables.
import type { Contender, GhostContender } from '../contender.js'
import { caddy } from './caddy.js'
import { chaosStrict, chaosUws, chaosUwsNoCapture, ghostsStrict, ghostsUws } from './chaos.js'
import { direct } from './direct.js'
import { go } from './go.js'
import { haproxy } from './haproxy.js'
import { nginx, nginxStale } from './nginx.js'
import { fastifyHttpProxy, httpProxy } from './node-peers.js'
import { varnish, varnishGrace } from './varnish.js'

export const contenders: readonly Contender[] = [
  direct,
  chaosUws,
  chaosStrict,
  chaosUwsNoCapture,
  nginx,
  haproxy,
  caddy,
  go,
  varnish,
  httpProxy,
  fastifyHttpProxy,
]

export const ghostContenders: readonly GhostContender[] = [ghostsUws, ghostsStrict, nginxStale, varnishGrace]
