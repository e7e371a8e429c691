// What the backend of the chaos runs says to each request: backend and load know it alike, so that every answer can be checked.

export const ITEMS = 200
const PAGE_SIZE = 10
const NAMES = ['ada', 'alan', 'barbara', 'dennis', 'edsger', 'frances', 'grace', 'john', 'katherine', 'ken', 'leslie']

export interface Truth {
  readonly status: number
  readonly body: string
}

interface Item {
  readonly id: number
  readonly name: string
  readonly price: number
  readonly stock: number
  readonly note: string
}

function item(id: number): Item {
  // Knuth's multiplicative hash: values that no neighbour has.
  const mixed = Math.imul(id, 2654435761) >>> 0
  return { id, name: `item ${id}`, price: mixed % 10_000, stock: mixed % 97, note: mixed.toString(36).repeat(12) }
}

function textOf(target: string): string | undefined {
  const id = /^\/items\/(\d+)$/.exec(target)?.[1]
  if (id !== undefined && Number(id) >= 1 && Number(id) <= ITEMS) return JSON.stringify(item(Number(id)))
  const page = Number(/^\/items\?page=(\d+)$/.exec(target)?.[1] ?? 0)
  if (page >= 1 && page <= ITEMS / PAGE_SIZE) {
    const items = Array.from({ length: PAGE_SIZE }, (_, i) => item((page - 1) * PAGE_SIZE + i + 1))
    return JSON.stringify({ total: ITEMS, page, items })
  }
  const fresh = /^\/fresh\/(\d+)$/.exec(target)?.[1]
  if (fresh !== undefined) return JSON.stringify({ fresh: Number(fresh), note: 'not asked for by the load' })
  const name = /^\/people\/(\w+)$/.exec(target)?.[1]
  return name !== undefined && NAMES.includes(name)
    ? JSON.stringify({ name, born: 1900 + name.length, known: true })
    : undefined
}

/** All that the load asks for. */
export const targets: readonly string[] = [
  ...Array.from({ length: ITEMS }, (_, i) => `/items/${i + 1}`),
  ...Array.from({ length: ITEMS / PAGE_SIZE }, (_, i) => `/items?page=${i + 1}`),
  ...NAMES.map(name => `/people/${name}`),
]

const truths = new Map(targets.map(target => [target, { status: 200, body: textOf(target)! }]))

export function truthOf(target: string): Truth {
  const known = truths.get(target)
  if (known !== undefined) return known
  const body = textOf(target)
  return body === undefined ? { status: 404, body: '{"error":"no such thing"}' } : { status: 200, body }
}
