// What the peers are asked to do. One row, one table of the results.
import { expandPath, mixed } from '../config.js'

interface Named {
  readonly name: string
  readonly title: string
}

/** As fast as it goes: each connection sends its next request when its last one was answered. */
export interface LoadScenario extends Named {
  readonly kind: 'load'
  readonly connections: number
  readonly paths: readonly string[]
  /** POST with a body of this length. */
  readonly bodyBytes?: number
  readonly tls?: boolean
  /** Memory is looked at after the last round. */
  readonly resident?: boolean
}

/** Requests at a fixed rate, whatever the answers do. */
export interface RateScenario extends Named {
  readonly kind: 'rate'
  readonly connections: number
  readonly paths: readonly string[]
}

/** The origin was killed. */
export interface GhostScenario extends Named {
  readonly kind: 'ghosts'
  readonly connections: number
  readonly paths: readonly string[]
}

/** Connections that do nothing after their first answer. */
export interface IdleScenario extends Named {
  readonly kind: 'idle'
  readonly connections: number
}

/** One body, down and up. */
export interface LargeScenario extends Named {
  readonly kind: 'large'
  readonly bytes: number
}

export type PeerScenario = LoadScenario | RateScenario | GhostScenario | IdleScenario | LargeScenario

/** Where the small JSON is measured: budgets and the fixed rate go by it. */
export const SMALL_JSON = 'json-64'

/** A tenth of the answers changes every second, so that there is something to learn all the time. */
const mix = mixed(['/api/items/{1..180}', '/api/stock/{1..20}'].flatMap(expandPath))
const items = expandPath('/api/items/{1..200}')

/** The small JSON at 64 connections comes first: memory after it is that of a fresh process. */
export const peerScenarios: readonly PeerScenario[] = [
  { kind: 'load', name: SMALL_JSON, title: 'Small JSON, 64 connections', connections: 64, paths: mix, resident: true },
  { kind: 'load', name: 'json-1', title: 'Small JSON, 1 connection', connections: 1, paths: mix },
  { kind: 'load', name: 'json-1000', title: 'Small JSON, 1,000 connections', connections: 1000, paths: mix },
  { kind: 'load', name: 'body-1k', title: 'Bodies of 1 KB, 64 connections', connections: 64, paths: ['/bytes/1024'] },
  {
    kind: 'load',
    name: 'body-16k',
    title: 'Bodies of 16 KB, 64 connections',
    connections: 64,
    paths: ['/bytes/16384'],
  },
  {
    kind: 'load',
    name: 'body-1m',
    title: 'Bodies of 1 MB, 64 connections',
    connections: 64,
    paths: ['/bytes/1048576'],
  },
  {
    kind: 'load',
    name: 'post-4k',
    title: 'POST with a body of 4 KB, 64 connections',
    connections: 64,
    paths: ['/orders'],
    bodyBytes: 4096,
  },
  {
    kind: 'load',
    name: 'tls-64',
    title: 'Small JSON over TLS, 64 connections',
    connections: 64,
    paths: mix,
    tls: true,
  },
  {
    kind: 'rate',
    name: 'rate',
    title: 'Small JSON at a fixed rate, 64 connections',
    connections: 64,
    paths: mix,
  },
  {
    kind: 'ghosts',
    name: 'ghosts',
    title: 'Answers for a dead origin, small JSON, 64 connections',
    connections: 64,
    paths: items,
  },
  { kind: 'idle', name: 'idle', title: '10,000 idle connections', connections: 10_000 },
  { kind: 'large', name: 'large', title: 'One body of 1 GiB, down and up', bytes: 1 << 30 },
]
