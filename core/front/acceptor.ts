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
}
