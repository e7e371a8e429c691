// thread: any
// How much of a file of LMDB is in use. Its meta page says how many pages were ever given out; the file may be shorter where the
// last of them are free ("Actually the file may be shorter if the freeDB lists the final pages", mdb.c, MDB_meta): what one
// transaction takes and gives back is never written. So it is looked where the trees lead to.

/** Reads so many octets from there; fewer where the file ends. */
export type ReadAt = (at: number, length: number) => Buffer

/** Page numbers of roots: that of what is free, and that of all else. */
export type Roots = readonly number[]

// Flags of pages and of nodes, and what stands where, as the package builds them (64 bits, little endian).
const P_BRANCH = 0x01
const P_LEAF = 0x02
const P_LEAF2 = 0x20
const F_BIGDATA = 0x01
const F_SUBDATA = 0x02
/** Number, transaction, then these. */
const PAGE_FLAGS = 18
const PAGE_LOWER = 20
const PAGE_HEADER = 24
const NODE_HEADER = 8
/** In the record of a database. */
const DB_ROOT = 40
const DB_BYTES = 48
/** Of an empty tree. */
const NO_PAGE = 0xffffffffffffffffn

/**
 * How many pages the file must have for all that the trees lead to. Undefined: they lead to what is no page, or beyond the end of the
 * file (`pages`): it is damaged.
 */
export function pagesInUse(read: ReadAt, pageBytes: number, pages: number, roots: Roots): number | undefined {
  const toVisit = [...roots]
  let used = 0
  let visited = 0
  for (let number = toVisit.pop(); number !== undefined; number = toVisit.pop()) {
    // Each page is in one tree once: who comes by more often goes round in circles.
    if (number >= pages || ++visited > pages) return undefined
    used = Math.max(used, number + 1)
    const page = read(number * pageBytes, pageBytes)
    if (page.length < pageBytes || page.readBigUInt64LE(0) !== BigInt(number)) return undefined
    const flags = page.readUInt16LE(PAGE_FLAGS)
    if ((flags & P_LEAF2) !== 0) continue
    if ((flags & (P_BRANCH | P_LEAF)) === 0) return undefined
    for (const node of nodesOf(page)) {
      if (node === undefined) return undefined
      if ((flags & P_BRANCH) !== 0) toVisit.push(childOf(page, node))
      else {
        const beyond = beyondOf(page, node)
        if (beyond === undefined) return undefined
        if ('root' in beyond) toVisit.push(...rootOf(beyond.root))
        else used = Math.max(used, beyond.end)
      }
    }
  }
  return used > pages ? undefined : used
}

/** Of a record of a database: none where it is empty. */
export function rootOf(root: bigint): number[] {
  return root === NO_PAGE ? [] : [Number(root)]
}

/** Where nodes begin; undefined: one lies beyond the page. */
function* nodesOf(page: Buffer): Iterable<number | undefined> {
  const count = page.readUInt16LE(PAGE_LOWER) >> 1
  for (let i = 0; i < count; i++) {
    const pointer = PAGE_HEADER + 2 * i
    const at = pointer + 2 > page.length ? page.length : PAGE_HEADER + page.readUInt16LE(pointer)
    yield at + NODE_HEADER > page.length ? undefined : at
  }
}

/** Of a branch: 48 bits, in the order low, high, top. */
function childOf(page: Buffer, node: number): number {
  return page.readUIntLE(node, 6)
}

/** Of a leaf: what its value takes beside this page. Undefined: it lies beyond the page. */
function beyondOf(page: Buffer, node: number): { readonly end: number } | { readonly root: bigint } | undefined {
  const flags = page.readUInt16LE(node + 4)
  const data = node + NODE_HEADER + page.readUInt16LE(node + 6)
  if ((flags & F_BIGDATA) !== 0) {
    if (data + 24 > page.length) return undefined
    const first = Number(page.readBigUInt64LE(data))
    return { end: first + Number(page.readBigUInt64LE(data + 16)) }
  }
  if ((flags & F_SUBDATA) === 0) return { end: 0 }
  return data + DB_BYTES > page.length ? undefined : { root: page.readBigUInt64LE(data + DB_ROOT) }
}
