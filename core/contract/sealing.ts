// thread: any
// Keys under which what is kept is encrypted, as they are handed to the threads that need them. Plain data.

/** What a key is for: one that leaks out of one thread opens nothing of the others. */
export type SealingPurpose = 'journal' | 'memory' | 'history' | 'files' | 'shared'

export interface SealingKey {
  /** Which of the keys that were given it was made of, u32: it stands in front of all that is sealed. It says nothing of the key. */
  readonly id: number
  /** 32 octets, of this purpose alone. */
  readonly secret: Uint8Array
}

/** Of one purpose, at least one: the first one seals, all of them open. */
export type SealingKeys = readonly SealingKey[]

/** As people are told of a key. */
export function keyName(id: number): string {
  return id.toString(16).padStart(8, '0')
}
