// thread: shared
// One instance among several: joins, sends what it captured, learns what others captured, keeps the shelf with them. Every
// connection begins with a look at everything anew; where one is lost, or nothing can be done, all is as if there were none.
import { setTimeout as sleep } from 'node:timers/promises'
import {
  FORGOTTEN_STATE,
  ForgetMatcher,
  type Forgetting,
  type ForgottenBy,
  forgettingsOf,
} from '../contract/forgetting.js'
import type { MemoryScanner } from '../contract/memory.js'
import type { SealingKeys } from '../contract/sealing.js'
import {
  type MainToShared,
  SHARED_POSITION,
  type SharedCircuits,
  type SharedForgot,
  type SharedProblem,
  type SharedProblemCode,
  type SharedStatus,
  type SharedToMain,
} from '../contract/shared.js'
import { forgetShared, keptOf } from './forget-shared.js'
import { ForgottenList } from './forgotten-list.js'
import { Keeper } from './keeper.js'
import type { LoadCells } from './load-cells.js'
import { connectRedis, type RedisClient } from './redis-client.js'
import { codeOf, problemOf } from './redis-problem.js'
import type { RedisPlace } from './redis-url.js'
import { type RefillBatch, refill } from './refill.js'
import { textOf } from './replies.js'
import { Scribe } from './scribe.js'
import { Sender } from './sender.js'
import { keyTypes, type SharedKeys, sharedKeys } from './shared-keys.js'
import { SharedSeal } from './shared-seal.js'
import { seenOnShelf } from './shelf.js'
import { Tail } from './tail.js'
import { KEEPERS, type Welcome, welcome } from './welcome.js'

export interface SharedMemoryParts {
  readonly place: RedisPlace
  readonly prefix: string
  /** Of all that we keep in Redis, about. */
  readonly maxBytes: number
  /** Name of this run of this instance. */
  readonly instance: string
  readonly scopeKey: Buffer
  readonly isScopeKeySet: boolean
  readonly memory: MemoryScanner
  /** What is kept in Redis is encrypted with them; undefined: it is not. */
  readonly keys: SealingKeys | undefined
  readonly load: LoadCells
  readonly tell: (message: SharedToMain, moved?: ArrayBuffer[]) => void
}

/** The rest is the shelf's. */
const STREAM_SHARE = 0.25
/** Lists of keys and what a stream costs beside its entries are not counted. */
const SHELF_SHARE = 0.6
/** What nobody touched for so long is forgotten by Redis. */
const KEPT_MS = 7 * 86_400_000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 1000
const KEEP_MS = 100
const CHORES_MS = 500
const CLAIM_MS = 2000
const TIDY_MS = 1000
const LEASE_MS = 60_000
const LESSON_MS = 5000
const CIRCUITS_MS = 1000
/** Of those that find a Redis empty, one fills it at once; what it lacks the others add after so long. */
const OTHERS_REFILL_MS = 5000
const GRADES_MS = 2000
/** For the others to forget as well; who is slower says so later. */
const OTHERS_FORGET_MS = 20_000
const OTHERS_LOOK_MS = 100
/** What could not be forgotten here is tried again after so long. */
const FORGET_AGAIN_MS = 60_000
const GOODBYE_MS = 500
const REFUSED_MS = 1000

/** A connection with these goes on. */
const bearable: ReadonlySet<SharedProblemCode> = new Set(['read-only', 'full', 'no-permission', 'failed'])

/** All that was there is gone, or something else is there now: everything is looked at anew, and nothing is wrong. */
class OtherEra extends Error {}

export class SharedMemory {
  readonly #parts: SharedMemoryParts
  readonly #keys: SharedKeys
  readonly #sender: Sender
  readonly #problems = new Map<string, SharedProblem>()
  readonly #unlearned = new Map<number, () => void>()
  #scopeKey: Buffer
  #batch = 0
  #closing = false
  #isConnected = false
  #hasTried = false
  #told = ''
  #toldCode: SharedProblemCode | undefined
  #received = 0
  #shelved = 0
  #resyncs = 0
  #refills = 0
  #lessonVersion = 0
  #position: string | undefined
  #isCatchingUp = false
  /** Epoch ms; undefined: all that is known here was sent. */
  #refillSince: number | undefined
  #refilling: AsyncGenerator<RefillBatch> | undefined
  #circuits: SharedCircuits
  #circuitsAt = 0
  #redis: RedisClient | undefined
  /** What is to be forgotten and may still come. */
  #matchers: readonly ForgetMatcher[] = []
  /** By id: others want it to be forgotten, and it is not yet; when it was asked for; and what is noted in Redis. */
  readonly #unforgotten = new Set<string>()
  readonly #askedForgottenAt = new Map<string, number>()
  readonly #toldForgotten = new Set<string>()
  #grades: ((json: string | undefined) => void) | undefined
  /** Ends the pause between two connections. */
  readonly #stopped = new AbortController()
  #ended: Promise<void> = Promise.resolve()

  constructor(parts: SharedMemoryParts) {
    this.#parts = parts
    this.#keys = sharedKeys(parts.prefix, new SharedSeal(parts.keys))
    this.#scopeKey = parts.scopeKey
    this.#circuits = { by: parts.instance, upstreams: '', open: [] }
    this.#position = parts.memory.state(SHARED_POSITION)
    this.#sender = new Sender({ ...parts, keys: this.#keys, now: Date.now, sleep: ms => this.#pause(ms) })
  }

  hear(message: MainToShared): void {
    switch (message.kind) {
      case 'append':
        this.#sender.push(message)
        break
      case 'learned':
        this.#received += message.count
        this.#unlearned.get(message.batch)?.()
        this.#unlearned.delete(message.batch)
        break
      case 'circuits':
        this.#circuits = { ...message, by: this.#parts.instance }
        this.#circuitsAt = 0
        break
      case 'grades':
        this.#grades?.(message.json)
        break
      case 'forget':
        void this.#forget(message)
        break
      case 'forgot-here':
        void this.#forgotHere(message)
        break
      case 'close':
        void this.close()
        break
    }
  }

  start(): void {
    this.#ended = this.#run()
  }

  async close(): Promise<void> {
    // What was captured last is worth a moment.
    const until = Date.now() + GOODBYE_MS
    while (this.#isConnected && this.#problems.size === 0 && !this.#sender.isIdle && Date.now() < until) await sleep(10)
    this.#closing = true
    this.#stopped.abort()
    this.#sender.wake()
    await this.#ended
    this.#parts.tell({ kind: 'closed' })
  }

  // ── connections ────────────────────────────────────────────────────────────────────────────────────────────────────

  async #run(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS
    while (!this.#closing) {
      try {
        await this.#session(() => {
          pauseMs = FIRST_PAUSE_MS
        })
      } catch (error) {
        if (!(error instanceof OtherEra) && !this.#closing) this.#problems.set('connection', this.#problemOf(error))
      }
      this.#isConnected = false
      this.#tried()
      this.tellStatus()
      await this.#pause(pauseMs)
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)
    }
  }

  async #session(joined: () => void): Promise<void> {
    const { place, instance } = this.#parts
    const clients: RedisClient[] = []
    const loops: Promise<void>[] = []
    let isOver = false
    const over = (): boolean => isOver || this.#closing
    let fail: (error: unknown) => void = () => {}
    const failure = new Promise<never>((_, reject) => {
      fail = reject
    })
    failure.catch(() => {})
    const connect = async (part: string): Promise<RedisClient> => {
      const client = await connectRedis(place, `chaos-proxy-${instance}-${part}`, fail)
      clients.push(client)
      return client
    }
    try {
      const redis = await connect('commands')
      const welcomed = await this.#welcome(redis)
      this.#redis = redis
      await this.#bear('forget', () => this.#lookForForgotten(redis))
      const scribe = new Scribe(redis, this.#keys, instance)
      await this.#listen(await connect('news'), scribe)
      const tail = await this.#openTail(await connect('tail'), welcomed)
      this.#problems.delete('connection')
      this.#isConnected = true
      joined()
      this.#tried()
      this.tellStatus()
      const notBefore = Date.now() + (welcomed.isNew ? 0 : OTHERS_REFILL_MS)
      const more = (): Promise<RefillBatch | undefined> => this.#more(redis, notBefore)
      loops.push(this.#sender.run(redis, over, error => this.#note('send', error), more))
      loops.push(this.#follow(tail, over))
      loops.push(this.#keep(redis, over))
      loops.push(this.#doChores(redis, scribe, welcomed.era, over))
      await Promise.race([failure, Promise.all(loops)])
      await this.#leave(redis)
    } finally {
      isOver = true
      this.#redis = undefined
      for (const client of clients) client.close()
      this.#sender.wake()
      await Promise.allSettled(loops)
      this.#refilling = undefined
    }
  }

  async #welcome(redis: RedisClient): Promise<Welcome> {
    const { place, isScopeKeySet } = this.#parts
    const welcomed = await welcome({
      ...{ redis, keys: this.#keys, shown: place.shown, scopeKey: this.#scopeKey, isScopeKeySet },
    })
    const { scopeKey, problem, era } = welcomed
    if (problem === undefined) this.#problems.delete('keep')
    else this.#problems.set('keep', problem)
    // Nothing is there, and nothing can be put there.
    if (scopeKey === undefined || era === '') throw new Error(problem?.says ?? 'no key could be agreed on')
    if (!scopeKey.equals(this.#scopeKey)) {
      this.#scopeKey = scopeKey
      this.#parts.tell({ kind: 'scope-key', key: scopeKey.toString('base64url') })
    }
    return welcomed
  }

  async #listen(news: RedisClient, scribe: Scribe): Promise<void> {
    const { lessons, circuits } = this.#keys
    await news.subscribe([lessons, circuits], (channel, message) => {
      if (channel === lessons) void this.#readLesson(scribe).catch(() => {})
      else this.#hearCircuits(message)
    })
    await this.#readLesson(scribe)
  }

  async #openTail(redis: RedisClient, { era }: Welcome): Promise<Tail> {
    const tail = new Tail({
      ...{ redis, keys: this.#keys, instance: this.#parts.instance, era, position: this.#position },
      deliver: (bytes, position) => this.#deliver(bytes, position),
      onResync: () => {
        this.#resyncs += 1
      },
    })
    const isNew = await tail.begin()
    // What was learned alone the others may not know.
    if (isNew) this.#refillSince = 0
    else if (tail.isCatchingUp) this.#resyncs += 1
    this.#isCatchingUp = tail.isCatchingUp
    return tail
  }

  // ── what runs while connected ──────────────────────────────────────────────────────────────────────────────────────

  async #follow(tail: Tail, over: () => boolean): Promise<void> {
    while (!over()) {
      await tail.step()
      this.#position = tail.position ?? this.#position
      if (this.#isCatchingUp && !tail.isCatchingUp) this.#sender.wake()
      this.#isCatchingUp = tail.isCatchingUp
    }
  }

  #deliver(bytes: Buffer, position: string | undefined): Promise<void> {
    const batch = ++this.#batch
    const own = new ArrayBuffer(bytes.length)
    bytes.copy(new Uint8Array(own))
    return new Promise(resolve => {
      this.#unlearned.set(batch, resolve)
      this.#parts.tell({ kind: 'exchanges', batch, bytes: own, position }, [own])
    })
  }

  async #keep(redis: RedisClient, over: () => boolean): Promise<void> {
    const { maxBytes, instance } = this.#parts
    const keeper = new Keeper({
      ...{ redis, keys: this.#keys, instance },
      maxShelfBytes: maxBytes * SHELF_SHARE,
      maxStreamBytes: maxBytes * STREAM_SHARE,
      kept: bytes => keptOf(bytes, this.#matchers),
    })
    const shelvedBefore = this.#shelved
    let claimedAt = 0
    let tidiedAt = 0
    while (!over()) {
      const now = Date.now()
      const done = await this.#bear('keep', async () => {
        if (now - claimedAt >= CLAIM_MS) {
          claimedAt = now
          await keeper.claim()
        }
        if (now - tidiedAt >= TIDY_MS) {
          tidiedAt = now
          await keeper.tidy()
        }
        while (!over() && (await keeper.take()));
      })
      this.#shelved = shelvedBefore + keeper.shelved
      await this.#pause(done ? KEEP_MS : REFUSED_MS)
    }
  }

  async #doChores(redis: RedisClient, scribe: Scribe, era: string, over: () => boolean): Promise<void> {
    const { format } = this.#keys
    let leasedAt = 0
    let lessonAt = Date.now()
    while (!over()) {
      const said = textOf(await redis.call('GET', format))
      if (said?.split(' ')[1] !== era) throw new OtherEra()
      await this.#bear('chores', async () => {
        const now = Date.now()
        if (now - leasedAt >= LEASE_MS) {
          leasedAt = now
          for (const [key] of keyTypes(this.#keys)) await redis.call('PEXPIRE', key, KEPT_MS)
        }
        if (now - lessonAt >= LESSON_MS && !this.#isCatchingUp) {
          lessonAt = now
          if (await scribe.mayWrite()) {
            const grades = await this.#askGrades()
            if (grades !== undefined) await scribe.write(grades)
          }
        }
        this.#lessonVersion = scribe.version
        await this.#lookForForgotten(redis)
        if (now - this.#circuitsAt >= CIRCUITS_MS && (this.#circuits.open.length > 0 || this.#circuitsAt === 0)) {
          this.#circuitsAt = now
          await redis.call('PUBLISH', this.#keys.circuits, JSON.stringify(this.#circuits))
        }
      })
      if (this.#refillSince !== undefined || this.#parts.load.hasLost) this.#sender.wake()
      this.tellStatus()
      await this.#pause(CHORES_MS)
    }
  }

  /** Leaves nothing behind that others would wait for. */
  async #leave(redis: RedisClient): Promise<void> {
    const { exchanges } = this.#keys
    const { instance } = this.#parts
    try {
      const pending = await redis.call('XPENDING', exchanges, KEEPERS, '-', '+', 1, instance)
      if (Array.isArray(pending) && pending.length === 0)
        await redis.call('XGROUP', 'DELCONSUMER', exchanges, KEEPERS, instance)
      if (textOf(await redis.call('GET', this.#keys.scribe)) === instance) await redis.call('DEL', this.#keys.scribe)
    } catch {
      // They wait a few seconds, and claim it.
    }
  }

  // ── what only this instance knows ──────────────────────────────────────────────────────────────────────────────────

  async #more(redis: RedisClient, notBefore: number): Promise<RefillBatch | undefined> {
    // It would tell others what they have forgotten.
    if (this.#unforgotten.size > 0) return undefined
    const lostSince = this.#parts.load.takeLostSince()
    if (lostSince !== undefined) this.#refillSince = Math.min(this.#refillSince ?? lostSince, lostSince)
    if (this.#refilling === undefined && this.#refillSince !== undefined) {
      if (this.#refillSince === 0 && (this.#isCatchingUp || Date.now() < notBefore)) return undefined
      const since = this.#refillSince
      this.#refillSince = undefined
      this.#refills += 1
      this.#refilling = refill({
        since,
        after: (key, limit) => this.#parts.memory.after(key, limit),
        seen: names => seenOnShelf(redis, this.#keys, names),
      })
    }
    if (this.#refilling === undefined) return undefined
    try {
      const { value, done } = await this.#refilling.next()
      if (done !== true) return value
      this.#refilling = undefined
      return undefined
    } catch (error) {
      // All of it again, with the next connection.
      this.#refillSince = 0
      throw error
    }
  }

  // ── what is to be forgotten ────────────────────────────────────────────────────────────────────────────────────────

  async #forget({ askId, forgetting, textKeys, dryRun }: MainToShared & { kind: 'forget' }): Promise<void> {
    const tell = (reply: SharedForgot | { readonly problem: string }): void =>
      this.#parts.tell({ kind: 'forgot', askId, reply })
    const { place, maxBytes, instance } = this.#parts
    const redis = this.#redis
    if (redis === undefined || !this.#isConnected) {
      const { problem } = this.#status()
      tell({
        problem: `${place.shown} was not searched: ${problem?.says ?? 'it is not reached'}; ask once more when it is`,
      })
      return
    }
    try {
      const list = new ForgottenList(redis, this.#keys, instance)
      if (!dryRun) {
        this.#isForgotten(forgetting)
        await list.put(forgetting)
        await list.note(forgetting.id, true)
      }
      const matcher = new ForgetMatcher(forgetting)
      const parts = { redis, keys: this.#keys, maxShelfBytes: maxBytes * SHELF_SHARE, matcher, textKeys, dryRun }
      const stores = await forgetShared(parts)
      tell({ stores, instances: dryRun ? [] : await this.#othersForget(list, forgetting.id) })
    } catch (error) {
      tell({ problem: `Redis was not searched: ${this.#problemOf(error).says}; then ask once more` })
    }
  }

  async #othersForget(list: ForgottenList, id: string): Promise<readonly ForgottenBy[]> {
    const until = Date.now() + OTHERS_FORGET_MS
    for (;;) {
      const others = await list.others(id)
      if (others.every(({ state }) => state !== 'waiting') || Date.now() > until) return others
      await this.#pause(OTHERS_LOOK_MS)
    }
  }

  /** What others want to be forgotten, and what they may not know of. */
  async #lookForForgotten(redis: RedisClient): Promise<void> {
    const { memory, instance, tell } = this.#parts
    const list = new ForgottenList(redis, this.#keys, instance)
    const now = Date.now()
    const known = forgettingsOf(memory.state(FORGOTTEN_STATE), now)
    const there = await list.read(now)
    for (const forgetting of known) {
      this.#isForgotten(forgetting)
      if (!there.some(({ id }) => id === forgetting.id)) await list.put(forgetting)
    }
    for (const forgetting of there) {
      const { id } = forgetting
      if (this.#toldForgotten.has(id) || (this.#askedForgottenAt.get(id) ?? 0) + FORGET_AGAIN_MS > now) continue
      if (known.some(one => one.id === id) && !this.#unforgotten.has(id)) {
        this.#toldForgotten.add(id)
        await list.note(id, true)
        continue
      }
      this.#askedForgottenAt.set(id, now)
      this.#unforgotten.add(id)
      this.#isForgotten(forgetting)
      tell({ kind: 'forget-here', forgetting })
    }
  }

  /** From here on nothing of it is sent, or put on the shelf. */
  #isForgotten(forgetting: Forgetting): void {
    if (this.#matchers.some(({ forgetting: { id } }) => id === forgetting.id)) return
    this.#matchers = [...this.#matchers, new ForgetMatcher(forgetting)]
    this.#sender.edit(bytes => keptOf(bytes, this.#matchers))
    // What was read of the memory before.
    this.#refilling = undefined
  }

  async #forgotHere({ id, textKeys, done }: MainToShared & { kind: 'forgot-here' }): Promise<void> {
    const redis = this.#redis
    // With the next connection it is asked for again, and done once more.
    if (redis === undefined) {
      this.#askedForgottenAt.delete(id)
      return
    }
    const { maxBytes, instance } = this.#parts
    const matcher = this.#matchers.find(({ forgetting }) => forgetting.id === id)
    await this.#bear('forget', async () => {
      if (matcher !== undefined) {
        const parts = {
          redis,
          keys: this.#keys,
          maxShelfBytes: maxBytes * SHELF_SHARE,
          matcher,
          textKeys,
          dryRun: false,
        }
        await forgetShared(parts)
      }
      await new ForgottenList(redis, this.#keys, instance).note(id, done)
      if (!done) return
      this.#unforgotten.delete(id)
      this.#toldForgotten.add(id)
      this.#sender.wake()
    }).catch(() => this.#askedForgottenAt.delete(id))
  }

  // ── lessons and circuits ───────────────────────────────────────────────────────────────────────────────────────────

  async #readLesson(scribe: Scribe): Promise<void> {
    const json = await scribe.read()
    if (json !== undefined) this.#parts.tell({ kind: 'grades', json })
    this.#lessonVersion = scribe.version
  }

  async #askGrades(): Promise<string | undefined> {
    this.#parts.tell({ kind: 'grades-ask' })
    const late = sleep(GRADES_MS, undefined, { ref: false })
    const asked = new Promise<string | undefined>(resolve => {
      this.#grades = resolve
    })
    return Promise.race([asked, late])
  }

  #hearCircuits(message: string): void {
    try {
      const circuits = JSON.parse(message) as SharedCircuits
      const isMeant = typeof circuits.by === 'string' && Array.isArray(circuits.open)
      if (isMeant && circuits.by !== this.#parts.instance) this.#parts.tell({ kind: 'circuits', circuits })
    } catch {
      // Not ours.
    }
  }

  // ── what is told ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Now and then, and where something changed. */
  tellStatus(): void {
    const status = this.#status()
    const text = JSON.stringify(status)
    if (text === this.#told) return
    this.#told = text
    const code = status.problem?.code
    const news = code === this.#toldCode ? 'none' : code === undefined ? 'better' : 'worse'
    this.#toldCode = code
    this.#parts.tell({ kind: 'status', status, news })
  }

  #status(): SharedStatus {
    const { place, prefix, load } = this.#parts
    const problem = [...this.#problems.values()][0]
    return {
      state: this.#isConnected
        ? problem === undefined
          ? 'up'
          : 'limited'
        : problem === undefined
          ? 'connecting'
          : 'down',
      ...{ problem, url: place.shown, prefix },
      ...{ sent: this.#sender.sent, dropped: load.dropped, received: this.#received, shelved: this.#shelved },
      ...{ pendingBytes: load.pendingBytes, resyncs: this.#resyncs, refills: this.#refills },
      ...{ catchingUp: this.#isCatchingUp, lessonVersion: this.#lessonVersion },
    }
  }

  #tried(): void {
    if (this.#hasTried) return
    this.#hasTried = true
    this.#parts.tell({ kind: 'tried' })
  }

  /** False: Redis would not; it is asked again later. Rejects where there is no going on with this connection. */
  async #bear(part: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
    } catch (error) {
      if (error instanceof Error && /^NOGROUP/.test(error.message)) throw new OtherEra()
      if (!bearable.has(codeOf(error))) throw error
      this.#note(part, error)
      return false
    }
    this.#note(part, undefined)
    return true
  }

  #note(part: string, error: unknown): void {
    if (error === undefined) this.#problems.delete(part)
    else this.#problems.set(part, this.#problemOf(error))
  }

  #problemOf(error: unknown): SharedProblem {
    return problemOf(error, this.#parts.place.shown, this.#parts.prefix)
  }

  async #pause(ms: number): Promise<void> {
    try {
      await sleep(ms, undefined, { signal: this.#stopped.signal })
    } catch {
      // Closing.
    }
  }
}
