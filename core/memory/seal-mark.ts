// thread: any
// What says in a memory that it is sealed, and with which key. Pure.
import { keyName, type SealingKeys } from '../contract/sealing.js'
import { SealedError, SealingBox } from '../sealing/box.js'
import { MemoryError } from './memory-file.js'

/** Name of the row in the table of states; it is never sealed itself. */
export const SEAL_MARK = 'sealed'
const CHECK = 'this is the memory of a chaos-proxy'

interface Mark {
  readonly key: number
  /** {@link CHECK}, sealed; base64. */
  readonly check: string
}

export function sealMarkOf(box: SealingBox): string {
  return JSON.stringify({
    key: box.keyId,
    check: box.seal(Buffer.from(CHECK), SEAL_MARK).toString('base64'),
  } satisfies Mark)
}

/** With which key; undefined: it is plain. */
export function keyIdOfMark(mark: string | undefined): number | undefined {
  return mark === undefined ? undefined : (JSON.parse(mark) as Mark).key
}

/**
 * A box of the one key that the memory is sealed with; undefined: it is plain. Throws a {@link MemoryError} where that key is not
 * given: such a memory is not damaged.
 */
export function boxOfMark(
  mark: string | undefined,
  keys: SealingKeys | undefined,
  file: string,
): SealingBox | undefined {
  if (mark === undefined) return undefined
  const { key: id, check } = JSON.parse(mark) as Mark
  const key = keys?.find(one => one.id === id)
  if (key === undefined) {
    const [problem, remedy] =
      keys === undefined
        ? [`is encrypted with the key ${keyName(id)}, and CHAOS_ENCRYPTION_KEY is not set`, 'set it']
        : [
            `is encrypted with the key ${keyName(id)}, which CHAOS_ENCRYPTION_KEY does not have`,
            'put that key behind the first one, with a comma',
          ]
    const lost =
      'nothing was changed. If the key is lost, start once with --reset-memory, which begins with an empty one'
    throw new MemoryError('sealed', file, `${remedy}; ${lost}`, problem)
  }
  const box = new SealingBox([key])
  try {
    box.open(Buffer.from(check, 'base64'), SEAL_MARK)
  } catch (error) {
    if (!(error instanceof SealedError)) throw error
    throw new MemoryError(
      'sealed',
      file,
      'take the key that it was written with, or put a good copy in its place; nothing was changed',
      `cannot be decrypted with the key ${keyName(id)}`,
    )
  }
  return box
}
