// thread: learner
// LMDB leaves what was removed where it was: in pages that are free, in the room between the nodes of a page, and behind values
// that became shorter. Here these octets are overwritten in the file, which all processes have mapped. Pages that either snapshot
// needs are told by walking their trees; where anything looks otherwise than it should, nothing is written at all.
import { closeSync, fsyncSync, openSync, readSync, statSync, writeSync } from 'node:fs'

/**
 * As the package builds LMDB (64 bits, little endian): a page begins with its number, its transaction, u16 pad, u16 flags, and u16
 * lower and u16 upper bound of its free room behind these, or the u32 count of an overflow.
 */
const HEAD = 24
const META_MAGIC = 0xbeefc0de
const NO_PAGE = 0xffff_ffff_ffff_ffffn
const BRANCH = 0x01
const LEAF = 0x02
const OVERFLOW = 0x04
const LEAF_OF_FIXED = 0x20
const IS_BIG = 0x01
const IS_TREE = 0x02
const NODE = 8
/** Where in a meta page its two trees begin, and where in a tree its root stands. */
const FREE_TREE = 48
const MAIN_TREE = 96
const ROOT = 40
const LAST_PAGE = 144
const TRANSACTION = 152
const ZEROS = 1 << 20

interface Meta {
  readonly transaction: bigint
  readonly roots: readonly bigint[]
  readonly lastPage: number
}

/** Spans of octets, `[from, to)`. */
type Span = readonly [from: number, to: number]

export class ScrubError extends Error {}

/**
 * Nobody may write the file meanwhile, and nobody may read an older snapshot than those that the meta pages name. Answers with how
 * many octets were overwritten. Throws a {@link ScrubError} where the file is not as expected; then nothing was changed.
 */
export function scrubFile(file: string): number {
  const fd = openSync(file, 'r+')
  try {
    const spans = unusedSpans(fd, statSync(file).size)
    let octets = 0
    const zeros = Buffer.alloc(ZEROS)
    for (const [from, to] of spans) {
      for (let at = from; at < to; ) at += writeSync(fd, zeros, 0, Math.min(ZEROS, to - at), at)
      octets += to - from
    }
    fsyncSync(fd)
    return octets
  } finally {
    closeSync(fd)
  }
}

/** Transactions of the snapshots that the meta pages of the file name, oldest first. */
export function snapshotsOf(file: string): readonly bigint[] {
  const fd = openSync(file, 'r')
  try {
    const found = metasOf(fd).metas.map(({ transaction }) => transaction)
    return found.sort((a, b) => (a < b ? -1 : 1))
  } finally {
    closeSync(fd)
  }
}

function metasOf(fd: number): { readonly pageBytes: number; readonly metas: readonly Meta[] } {
  const first = readBytes(fd, 0, 160)
  const pageBytes = first.readUInt32LE(FREE_TREE)
  if (first.readUInt32LE(HEAD) !== META_MAGIC || pageBytes < 512 || pageBytes > 65536)
    throw new ScrubError('its first page is none of LMDB')
  // The one in the middle of the first page says what is known to be on the disk.
  const metas = [0, pageBytes / 2, pageBytes].flatMap(at => {
    const page = readBytes(fd, at, 168)
    if (page.readUInt32LE(HEAD) !== META_MAGIC) return []
    return [
      {
        transaction: page.readBigUInt64LE(TRANSACTION),
        roots: [FREE_TREE + ROOT, MAIN_TREE + ROOT].map(place => page.readBigUInt64LE(place)),
        lastPage: Number(page.readBigUInt64LE(LAST_PAGE)),
      },
    ]
  })
  return { pageBytes, metas }
}

function unusedSpans(fd: number, size: number): Span[] {
  const { pageBytes, metas } = metasOf(fd)
  // The last pages may be free, and then nothing of them was ever written: who opens the file would take it for cut off.
  const pages = Math.max(Math.floor(size / pageBytes), ...metas.map(({ lastPage }) => lastPage + 1))
  const used = new Uint8Array(pages)
  used.fill(1, 0, 2)
  const spans: Span[] = []
  const walk = new TreeWalk(fd, pageBytes, used, spans)
  for (const { roots } of metas) for (const root of roots) if (root !== NO_PAGE) walk.page(Number(root), 0)
  for (let page = 2; page < pages; page++) {
    const from = page
    while (page < pages && used[page] === 0) page++
    if (page > from) spans.push([from * pageBytes, page * pageBytes])
  }
  return spans
}

class TreeWalk {
  readonly #fd: number
  readonly #pageBytes: number
  readonly #used: Uint8Array
  readonly #spans: Span[]

  constructor(fd: number, pageBytes: number, used: Uint8Array, spans: Span[]) {
    this.#fd = fd
    this.#pageBytes = pageBytes
    this.#used = used
    this.#spans = spans
  }

  page(number: number, depth: number): void {
    if (depth > 64 || number < 2 || number >= this.#used.length) throw new ScrubError(`page ${number} is nowhere`)
    // Snapshots share most of their pages.
    if (this.#used[number] === 1) return
    const page = readBytes(this.#fd, number * this.#pageBytes, this.#pageBytes)
    const flags = page.readUInt16LE(18)
    const kind = flags & (BRANCH | LEAF | OVERFLOW | LEAF_OF_FIXED)
    if (Number(page.readBigUInt64LE(0)) !== number || (kind !== BRANCH && kind !== LEAF))
      throw new ScrubError(`page ${number} is of another kind than expected`)
    this.#used[number] = 1
    const [lower, upper] = [HEAD + page.readUInt16LE(20), HEAD + page.readUInt16LE(22)]
    if (lower > upper || upper > this.#pageBytes) throw new ScrubError(`page ${number} has no bounds`)
    if (upper > lower) this.#spans.push([number * this.#pageBytes + lower, number * this.#pageBytes + upper])
    for (let at = HEAD; at < lower; at += 2) {
      const node = HEAD + page.readUInt16LE(at)
      if (node < upper || node + NODE > this.#pageBytes) throw new ScrubError(`page ${number} has a node outside`)
      if (kind === BRANCH) this.page(page.readUIntLE(node, 6), depth + 1)
      else this.#leaf(page, node, depth)
    }
  }

  #leaf(page: Buffer, node: number, depth: number): void {
    const flags = page.readUInt16LE(node + 4)
    const data = node + NODE + page.readUInt16LE(node + 6)
    if ((flags & IS_TREE) !== 0) {
      const root = page.readBigUInt64LE(data + ROOT)
      if (root !== NO_PAGE) this.page(Number(root), depth + 1)
    } else if ((flags & IS_BIG) !== 0) {
      const first = Number(page.readBigUInt64LE(data))
      const count = Number(page.readBigUInt64LE(data + 16))
      this.#overflow(first, count, page.readUInt32LE(node))
    }
  }

  /** `bytes`: of the value that lies there. */
  #overflow(first: number, count: number, bytes: number): void {
    const from = first * this.#pageBytes
    const end = (first + count) * this.#pageBytes
    if (first < 2 || count < 1 || first + count > this.#used.length) throw new ScrubError(`page ${first} is nowhere`)
    const head = readBytes(this.#fd, from, HEAD)
    if (
      Number(head.readBigUInt64LE(0)) !== first ||
      (head.readUInt16LE(18) & OVERFLOW) === 0 ||
      from + HEAD + bytes > end
    )
      throw new ScrubError(`page ${first} is of another kind than expected`)
    if (this.#used[first] === 1) return
    this.#used.fill(1, first, first + count)
    if (from + HEAD + bytes < end) this.#spans.push([from + HEAD + bytes, end])
  }
}

function readBytes(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  if (readSync(fd, bytes, 0, length, at) < length) throw new ScrubError('it is shorter than it says')
  return bytes
}
