// thread: main

/** The part of a front that runs in main: who gets the next connection. */
export interface Acceptor {
  /** An edge is ready to take connections. */
  add(descriptor: unknown): void
  /** An edge is about to end: it gets no more. Must come before its thread exits. */
  remove(descriptor: unknown): void
  /** Resolves with the port; rejects with a sentence that says what to do. */
  listen(host: string, port: number): Promise<number>
  /** No new connections; those that are open go on. */
  stop(): void
  /**
   * Another process takes the connections from now on: as `stop`, but those that the kernel has accepted for us are taken
   * before. Resolves when none comes here any more.
   */
  leave(): Promise<void>
}
