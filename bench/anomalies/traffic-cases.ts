// Cases that are put into the traffic of the shop, each with what has to be told of it.
import { ONE_ADDRESS } from '../../brain/learn/anomalies/callers.js'
import type { AnomalyKind } from '../../core/contract/anomalies.js'
import { ask, lost, type Trouble } from './shop.js'

export interface TrafficCase {
  readonly name: string
  readonly kind: AnomalyKind
  /** Undefined: whatever it is about. */
  readonly subject?: string
  /** Undefined: whoever it is said of. */
  readonly detail?: string
  readonly trouble: Trouble
  /** Told later it is not found. */
  readonly withinS: number
}

const detail = 'GET /products/{id}'
const search = 'GET /search'

export const trafficCases: readonly TrafficCase[] = [
  {
    ...{ name: 'one route twice as slow', kind: 'slow', subject: detail, withinS: 1200 },
    trouble: { slow: { route: detail, times: 2 } },
  },
  {
    ...{ name: 'one route 4 times as slow', kind: 'slow', subject: search, withinS: 600 },
    trouble: { slow: { route: search, times: 4 } },
  },
  {
    ...{ name: 'a rare route 3 times as slow', kind: 'slow', subject: 'GET /orders', withinS: 1800 },
    trouble: { slow: { route: 'GET /orders', times: 3 } },
  },
  {
    ...{ name: 'all of it 3 times as slow', kind: 'slow', withinS: 600 },
    trouble: { slow: { route: undefined, times: 3 } },
  },
  {
    ...{ name: 'a fifth of one route fails', kind: 'errors', subject: 'GET /products', withinS: 600 },
    trouble: { errors: { route: 'GET /products', share: 0.2, status: 500 } },
  },
  {
    ...{ name: 'all of it fails', kind: 'errors', withinS: 300 },
    trouble: { errors: { route: undefined, share: 0.95, status: 503 } },
  },
  {
    ...{ name: 'an eighth of everything fails', kind: 'errors', withinS: 600 },
    trouble: { errors: { route: undefined, share: 0.125, status: 502 } },
  },
  {
    ...{ name: 'one route refuses everybody', kind: 'client-errors', subject: search, withinS: 900 },
    trouble: { errors: { route: search, share: 1, status: 400 } },
  },
  {
    ...{ name: 'nobody asks any more', kind: 'traffic-drop', withinS: 600 },
    trouble: { missing: { route: undefined, share: 0.95 } },
  },
  {
    ...{ name: 'one route is not asked for any more', kind: 'traffic-drop', subject: 'GET /products', withinS: 1200 },
    trouble: { missing: { route: 'GET /products', share: 1 } },
  },
  {
    ...{ name: 'a scanner at 5 paths a second', kind: 'unknown-routes', withinS: 120 },
    trouble: { extra: { perSecond: 5, make: count => lost(`/scan/${count}/.env`) } },
  },
  {
    ...{ name: 'a slow scanner with a credential', kind: 'unknown-routes', withinS: 300 },
    trouble: { extra: { perSecond: 1, make: count => lost(`/api/v${count % 9}/admin${count}`, 'user-7') } },
  },
  {
    ...{ name: 'identifiers in order, 2 a second', kind: 'enumeration', withinS: 300 },
    trouble: {
      extra: { perSecond: 2, make: count => ask('GET /orders/{id}', `/orders/${12_000 + count}`, 'user-9') },
    },
  },
  {
    ...{ name: 'identifiers in order without a credential', kind: 'enumeration', subject: detail, withinS: 300 },
    trouble: { extra: { perSecond: 3, make: count => ask(detail, `/products/${900 + count}`, '') } },
  },
  {
    ...{ name: 'identifiers by chance, most are not there', kind: 'enumeration', withinS: 180 },
    trouble: {
      extra: {
        perSecond: 2,
        make: (_, chance) => ask('GET /orders/{id}', `/orders/${1e8 + chance.below(1e8)}`, 'user-3', 404),
      },
    },
  },
  {
    ...{ name: 'stolen passwords at 2 a second', kind: 'credential-stuffing', withinS: 180 },
    trouble: { extra: { perSecond: 2, make: () => ({ ...ask('POST /login', '/login', '', 401), bytesIn: 75 }) } },
  },
  {
    ...{ name: 'stolen keys, each tried once', kind: 'credential-stuffing', withinS: 180 },
    trouble: { extra: { perSecond: 1, make: count => ask('GET /users/me', '/users/me', `stolen-${count}`, 401) } },
  },
  {
    ...{ name: 'a scanner at one address', kind: 'unknown-routes', detail: ONE_ADDRESS, withinS: 180 },
    trouble: { extra: { perSecond: 1, make: count => ({ ...lost(`/scan/${count}/.git`), client: 'thief' }) } },
  },
  {
    ...{ name: 'identifiers by chance from one address', kind: 'enumeration', detail: ONE_ADDRESS, withinS: 180 },
    trouble: {
      extra: {
        perSecond: 1,
        make: (_, chance) => ({ ...ask(detail, `/products/${1e6 + chance.below(1e8)}`, '', 404), client: 'thief' }),
      },
    },
  },
  {
    ...{ name: 'identifiers in order from one address', kind: 'enumeration', detail: ONE_ADDRESS, withinS: 300 },
    trouble: {
      extra: { perSecond: 1, make: count => ({ ...ask(detail, `/products/${700 + count}`, ''), client: 'thief' }) },
    },
  },
  {
    ...{ name: 'stolen passwords from one address', kind: 'credential-stuffing', detail: ONE_ADDRESS, withinS: 180 },
    trouble: {
      extra: {
        perSecond: 0.7,
        make: () => ({ ...ask('POST /login', '/login', '', 401), bytesIn: 75, client: 'thief' }),
      },
    },
  },
  {
    ...{ name: 'stolen keys from one address', kind: 'credential-stuffing', detail: ONE_ADDRESS, withinS: 180 },
    trouble: {
      extra: {
        perSecond: 1,
        make: count => ({ ...ask('GET /users/me', '/users/me', `stolen-${count}`, 401), client: 'thief' }),
      },
    },
  },
  {
    ...{ name: 'uploads of 500 MB', kind: 'payload-size', withinS: 300 },
    trouble: {
      extra: { perSecond: 0.05, make: () => ({ ...ask('POST /images', '/images', 'user-5', 201), bytesIn: 5e8 }) },
    },
  },
  {
    ...{ name: 'an answer with the whole table', kind: 'payload-size', subject: 'GET /orders', withinS: 300 },
    trouble: {
      extra: { perSecond: 0.05, make: () => ({ ...ask('GET /orders', '/orders?page=1', 'user-5'), bytesOut: 8e6 }) },
    },
  },
  {
    ...{ name: 'SQL in a parameter', kind: 'parameter-break', subject: 'GET /orders', withinS: 120 },
    trouble: {
      extra: {
        perSecond: 1,
        make: count =>
          ask(
            'GET /orders',
            `/orders?page=1&status=${encodeURIComponent(`x' OR ${count}=${count} --`)}`,
            'user-8',
            500,
          ),
      },
    },
  },
  {
    ...{ name: 'words for a number', kind: 'parameter-break', subject: 'GET /products', withinS: 120 },
    trouble: {
      extra: { perSecond: 1, make: () => ask('GET /products', '/products?page=next&sort=name', 'user-8', 400) },
    },
  },
  {
    ...{ name: 'numbers out of range', kind: 'parameter-break', subject: 'GET /products', withinS: 120 },
    trouble: {
      extra: {
        perSecond: 1,
        make: count => ask('GET /products', `/products?page=1&limit=${100_000 + count}`, 'user-8'),
      },
    },
  },
  {
    ...{ name: 'a parameter that never was', kind: 'unseen-parameter', subject: search, withinS: 120 },
    trouble: { extra: { perSecond: 1, make: () => ask(search, '/search?q=lamp&debug=1', '') } },
  },
  {
    ...{ name: 'markup in a search', kind: 'parameter-break', subject: search, withinS: 120 },
    trouble: { extra: { perSecond: 0.5, make: () => ask(search, '/search?q=%3Cscript%3Ealert%3C/script%3E', '') } },
  },
]
