// thread: edge
// Whether there is room for one client more. All edges share the room: the kernel deals connections out as it likes, and an edge with
// a limit of its own would turn clients away while another has places. Each edge writes how many it has; two that count at the same
// moment may both take the last place, so there may be one for each edge too many, and files are left for them (open-files.ts).

/** How many clients each edge has, in memory that all edges share. */
export interface ClientCounts {
  /** Of this edge. */
  set(open: number): void
  /** Of all. */
  total(): number
}

export class ClientRoom {
  /** Connections of all edges together. */
  readonly max: number
  readonly #counts: ClientCounts

  constructor(max: number, counts: ClientCounts) {
    this.max = max
    this.#counts = counts
    // One that crashed had some.
    this.note(0)
  }

  /** This edge has so many now. */
  note(open: number): void {
    this.#counts.set(open)
  }

  /** The connection that came last is one too many. */
  get isExceeded(): boolean {
    return this.#counts.total() > this.max
  }
}
