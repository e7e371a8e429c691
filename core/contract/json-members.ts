// thread: any
// JSON that somebody else wrote, looked at member by member: nothing of its form is taken for granted. Pure.

/** Throws a SyntaxError where it is none. */
export function readJsonText(text: string): unknown {
  // A byte order mark may be ignored (RFC 8259 §8.1); some browsers write one.
  return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
}

/** Undefined: it is not there. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

/** '' where it is no text. */
export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** 0 where it is no number. */
export function numberIn(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}
