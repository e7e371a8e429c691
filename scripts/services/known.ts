// All servers by their names.
import { postgres } from './postgres.js'
import { redis } from './redis.js'
import type { Service, ServiceName } from './service.js'
import { timescale } from './timescale.js'

export const services: Readonly<Record<ServiceName, Service>> = { redis, postgres, timescale }
