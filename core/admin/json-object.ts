// thread: main

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The first member that is none of `known`: most likely a typing mistake. */
export function unknownName(object: Record<string, unknown>, known: readonly string[]): string | undefined {
  return Object.keys(object).find(name => !known.includes(name))
}
