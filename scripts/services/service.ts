// A server for tests and benches: what can be installed, started, and what can be done to one that runs.

export const serviceNames = ['redis', 'postgres', 'timescale'] as const
export type ServiceName = (typeof serviceNames)[number]

export interface StartOptions {
  /** A free one where none is named. */
  readonly port?: number
  /** More arguments for the server. */
  readonly args?: readonly string[]
  /** Outlives this process; else it is killed with it, however this process ends. */
  readonly detached?: boolean
}

export interface RunningService {
  readonly name: ServiceName
  /** On 127.0.0.1; with a user and a password where the server asks for them. */
  readonly url: string
  readonly port: number
  /** Changes with each restart. */
  readonly pid: number
  /** Its data, gone when it stops. */
  readonly dataDir: string
  /** SIGSTOP to it and to all its processes: connections stay open and nothing is said on them. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  /** SIGKILL: a crash. Data stay. */
  kill(): Promise<void>
  /** The same port and the same data; ends the running one first, in good order. */
  restart(): Promise<void>
  /** Ends it and takes its data away. */
  stop(): Promise<void>
}

export interface Service {
  readonly name: ServiceName
  /** Empty, or one sentence: why it cannot be started here and what to do. */
  missing(): string
  /** Does nothing where it is there. Rejects with the reason. */
  install(log: (sentence: string) => void): Promise<void>
  start(options?: StartOptions): Promise<RunningService>
}
