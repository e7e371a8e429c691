// thread: any
import type { Honour } from './cache-control.js'
import type { Mode } from './ghost.js'
import type { TraceSampler } from './trace-context.js'

/** Every setting, parsed and checked. What each means stands in core/config/settings-table.ts. */
export interface Settings {
  readonly upstreams: readonly string[]
  readonly front: 'uws' | 'strict'
  readonly host: string
  readonly port: number
  readonly workers: number
  /** '' where clients are spoken to in plain HTTP. */
  readonly tlsCert: string
  readonly tlsKey: string
  readonly adminHost: string
  readonly adminPort: number
  /** Further names of the admin port, in lower case. */
  readonly adminNames: readonly string[]
  /** '' asks for none. */
  readonly adminToken: string
  /** '' where the token stands in the setting itself. */
  readonly adminTokenFile: string
  /** Of those who may look only; '' for none. */
  readonly adminViewToken: string
  readonly adminViewTokenFile: string
  readonly dataDir: string
  /** '': this instance learns alone. */
  readonly redisUrl: string
  readonly redisPrefix: string
  /** Of all that is kept in Redis. */
  readonly redisMaxBytes: number
  /** '': one made at random is kept in the data folder, or in Redis. */
  readonly scopeKey: string
  /** '' where nothing is encrypted, and in all threads: they get keys of their own purpose. See core/sealing/given-keys.ts. */
  readonly encryptionKey: string
  /** '' where the key stands in the setting itself. */
  readonly encryptionKeyFile: string
  readonly modelDir: string
  readonly embedder: 'auto' | 'transformer' | 'lexical'
  readonly fetchModel: boolean
  /** least-requests, round-robin, or hash:<field name in lower case>. */
  readonly balance: string
  /** 0: never. */
  readonly ejectFailures: number
  readonly ejectMs: number
  readonly slowStartMs: number
  /** '': off. */
  readonly healthPath: string
  readonly healthIntervalMs: number
  /** Files; '' for none. */
  readonly upstreamCa: string
  readonly upstreamCert: string
  readonly upstreamKey: string
  readonly connectTimeoutMs: number
  readonly responseTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly clientHeaderTimeoutMs: number
  readonly clientIdleTimeoutMs: number
  readonly clientKeepAliveMs: number
  /** Of all edges together. */
  readonly maxClients: number
  readonly tunnelIdleMs: number
  readonly holdBytes: number
  /** 0: however long. */
  readonly holdMs: number
  readonly maxHeaderBytes: number
  /** 0: unlimited. */
  readonly maxBodyBytes: number
  readonly maxConnections: number
  readonly retries: number
  /** `uncounted`: ghosts answer for them, and the circuit is not told. */
  readonly softFailures: 'on' | 'uncounted' | 'off'
  readonly breakerErrorPercent: number
  /** 0: however many. */
  readonly breakerFailures: number
  /** 0: none is slow. */
  readonly breakerSlowMs: number
  readonly breakerSlowPercent: number
  readonly breakerWindowMs: number
  readonly breakerMinRequests: number
  readonly breakerOpenMs: number
  readonly breakerMaxOpenMs: number
  readonly breakerProbes: number
  /** 0: at once. */
  readonly breakerRampMs: number
  readonly ghost: Mode
  readonly ghostMinConfidence: number
  /** 0: any age. */
  readonly ghostMaxAgeS: number
  readonly ghostBudgetMs: number
  /** 0: off. */
  readonly ghostHedgeMs: number
  /** '': none. */
  readonly routesFile: string
  readonly ghostHonour: Honour
  readonly ghostWrites: 'refuse' | 'journal'
  readonly journalMaxBytes: number
  /** Without a slash at its end. */
  readonly journalPath: string
  readonly identityHeaders: readonly string[]
  readonly trustedProxies: readonly string[]
  readonly forwardHost: 'auto' | 'keep' | 'rewrite'
  readonly forwarded: boolean
  readonly serverTiming: boolean
  /** Share of requests that are logged, 0–1. */
  readonly accessLog: number
  /** Where spans are posted to; '': no traces are made. */
  readonly tracesEndpoint: string
  readonly tracesProtocol: 'http/protobuf' | 'http/json'
  /** `name=value,…`, see contract/key-values.ts. */
  readonly tracesHeaders: string
  readonly tracesCompression: 'none' | 'gzip'
  readonly tracesTimeoutMs: number
  /** A file; '' for none. */
  readonly tracesCa: string
  /** '': that of `tracesResource`, or `chaos-proxy`. */
  readonly tracesService: string
  /** `name=value,…`. */
  readonly tracesResource: string
  readonly tracesSampler: TraceSampler
  /** Of a sampler that goes by it, 0–1. */
  readonly tracesRatio: number
  /** Names beside the default list; undefined: redaction is off. */
  readonly redact: readonly string[] | undefined
  readonly capture: boolean
  readonly captureMaxBodyBytes: number
  readonly captureRate: number
  /** 0: off. */
  readonly gradePercent: number
  readonly warmup: boolean
  readonly warmupPerSecond: number
  /** 0: none. */
  readonly outageSample: number
  /** Faults may be imitated on demand. */
  readonly drills: boolean
  /** Where recorded traffic may be sent again; none: nowhere. */
  readonly replayTargets: readonly string[]
  readonly memoryMaxBytes: number
  readonly history: boolean
  /** '': the embedded store. */
  readonly postgresUrl: string
  readonly historyRetentionHours: number
  /** Exchanges that are kept one by one. */
  readonly historyRate: number
  /** Of captured exchanges. */
  readonly historyMaxBytes: number
  /** On the disk, of what a store cannot take just now. */
  readonly historyBufferBytes: number
  /** What is strange is looked for. */
  readonly anomalies: boolean
  /** '': no alerts. */
  readonly alertWebhook: string
  /** '': alerts are not signed. */
  readonly alertSecret: string
  readonly alertSeverity: 'low' | 'medium' | 'high'
  /** 0: that of the container. */
  readonly processMaxBytes: number
  readonly shutdownMs: number
  /** '': none. */
  readonly pidFile: string
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug'
}
