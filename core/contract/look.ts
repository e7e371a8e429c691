// thread: any

const MAX_CHARS = 64

/** How an identifier looks: `N302DQ` → `A9A`, runs of letters, digits and others. */
export function lookOf(id: string): string {
  return id
    .slice(0, MAX_CHARS)
    .replace(/[A-Z]+/g, 'A')
    .replace(/[a-z]+/g, 'a')
    .replace(/\d+/g, '9')
}

/** The look that all of them share, with their length where they share that and are no mere numbers; undefined: none. */
export function sharedLook(ids: readonly string[]): string | undefined {
  const [first] = ids
  if (first === undefined) return undefined
  const look = lookOf(first)
  if (ids.some(id => lookOf(id) !== look)) return undefined
  return look !== '9' && ids.every(({ length }) => length === first.length) ? `${look} ${first.length}` : look
}

/** Does an identifier have this look, as {@link sharedLook} says it? */
export function hasLook(id: string, shared: string): boolean {
  const look = lookOf(id)
  return shared === look || shared === `${look} ${id.length}`
}
