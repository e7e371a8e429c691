// thread: any
// What a value looks like, as a few bits: its type, the kinds of characters in it, how long it is and how large.

export const valueTypes = ['empty', 'number', 'flag', 'uuid', 'date', 'hex', 'list', 'text'] as const
export type ValueType = (typeof valueTypes)[number]

/** Characters that plain words and identifiers do without. */
export const characterKinds = ['markup', 'quotes', 'code', 'control', 'path'] as const
export type CharacterKind = (typeof characterKinds)[number]

/** A value with what it looks like: worked out once for all requests that repeat it. */
export interface SeenValue {
  readonly text: string
  readonly type: ValueType
  readonly characters: readonly CharacterKind[]
}

export function seenValue(text: string): SeenValue {
  return { text, type: typeOf(text), characters: charactersOf(text) }
}

export function typeOf(value: string): ValueType {
  if (value === '') return 'empty'
  if (/^[+-]?\d{1,20}(?:\.\d{1,20})?$/.test(value)) return 'number'
  if (/^(?:true|false|yes|no|on|off)$/i.test(value)) return 'flag'
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(value)) return 'uuid'
  if (/^\d{4}-\d{2}(?:-\d{2})?(?:[T ]\S*)?$/.test(value)) return 'date'
  if (/^[0-9a-f]{8,}$/i.test(value) && /\d/.test(value)) return 'hex'
  if (/^[\w.+-]+(?:,[\w.+-]+)+$/.test(value)) return 'list'
  return 'text'
}

export function charactersOf(value: string): CharacterKind[] {
  const kinds: CharacterKind[] = []
  if (/[<>]/.test(value)) kinds.push('markup')
  if (/['"`]/.test(value)) kinds.push('quotes')
  if (/[{}|\\$;()]|--|\/\*/.test(value)) kinds.push('code')
  if (/[\u0000-\u0008\u000a-\u001f\u007f]|%00/.test(value)) kinds.push('control')
  if (/\.\.[\\/]|:\/\//.test(value)) kinds.push('path')
  return kinds
}

/** Types of which a value of another type is a break, and not just another word. */
export const strictTypes: ReadonlySet<ValueType> = new Set(['number', 'flag', 'uuid', 'date', 'hex'])
