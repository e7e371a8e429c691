// thread: any
import type { Mode } from './ghost.js'

/** Every setting, parsed and checked. What each means stands in core/config/settings-table.ts. */
export interface Settings {
  readonly upstreams: readonly string[]
  readonly front: 'uws' | 'strict'
  readonly host: string
  readonly port: number
  readonly workers: number
  readonly adminHost: string
  readonly adminPort: number
  readonly adminToken: string
  readonly dataDir: string
  readonly modelDir: string
  readonly embedder: 'auto' | 'transformer' | 'lexical'
  readonly fetchModel: boolean
  readonly connectTimeoutMs: number
  readonly responseTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly holdBytes: number
  readonly maxHeaderBytes: number
  /** 0: unlimited. */
  readonly maxBodyBytes: number
  readonly maxConnections: number
  readonly retries: number
  readonly breakerErrorPercent: number
  readonly breakerWindowMs: number
  readonly breakerMinRequests: number
  readonly breakerOpenMs: number
  readonly breakerProbes: number
  readonly ghost: Mode
  readonly ghostMinConfidence: number
  /** 0: any age. */
  readonly ghostMaxAgeS: number
  readonly ghostBudgetMs: number
  readonly ghostHonour: 'no-store' | 'rfc9111'
  readonly identityHeaders: readonly string[]
  readonly trustedProxies: readonly string[]
  readonly forwardHost: 'auto' | 'keep' | 'rewrite'
  /** Names beside the default list; undefined: redaction is off. */
  readonly redact: readonly string[] | undefined
  readonly capture: boolean
  readonly captureMaxBodyBytes: number
  readonly captureRate: number
  readonly memoryMaxBytes: number
  readonly shutdownMs: number
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug'
}
