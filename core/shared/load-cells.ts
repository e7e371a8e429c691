// thread: any
// What waits for Redis, in memory that main and the thread of Redis share: main must know it before it hands over more.
//
// field         writer                        meaning
// pending       main adds, the thread takes   octets handed over and not settled
// dropped       both add                      exchanges thrown away
// lost since    main sets, the thread clears  seconds after `startedAt` when the first of those was handed in; 0: none was

const PENDING = 0
const DROPPED = 1
const LOST_SINCE = 2
const CELLS = 3

export class LoadCells {
  readonly #cells: Int32Array
  readonly #startedAt: number

  static create(): SharedArrayBuffer {
    return new SharedArrayBuffer(CELLS * 4)
  }

  /** `startedAt`: epoch ms, the same on both sides. */
  constructor(
    readonly memory: SharedArrayBuffer,
    startedAt: number,
  ) {
    this.#cells = new Int32Array(memory)
    this.#startedAt = startedAt
  }

  get pendingBytes(): number {
    return Atomics.load(this.#cells, PENDING)
  }

  get dropped(): number {
    return Atomics.load(this.#cells, DROPPED)
  }

  /** Main. */
  handedOver(bytes: number): void {
    Atomics.add(this.#cells, PENDING, bytes)
  }

  /** The thread of Redis: sent, or given up. */
  settled(bytes: number): void {
    Atomics.sub(this.#cells, PENDING, bytes)
  }

  /** What this instance learned from now on others do not know. */
  lost(exchanges: number, now: number): void {
    Atomics.add(this.#cells, DROPPED, exchanges)
    const second = Math.max(1, Math.floor((now - this.#startedAt) / 1000))
    Atomics.compareExchange(this.#cells, LOST_SINCE, 0, second)
  }

  get hasLost(): boolean {
    return Atomics.load(this.#cells, LOST_SINCE) !== 0
  }

  /** Epoch ms; undefined: nothing was lost since this was asked last. The thread of Redis. */
  takeLostSince(): number | undefined {
    const second = Atomics.exchange(this.#cells, LOST_SINCE, 0)
    return second === 0 ? undefined : this.#startedAt + second * 1000
  }
}
