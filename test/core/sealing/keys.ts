// Keys as tests give them.
import { createHash } from 'node:crypto'
import type { SealingKeys, SealingPurpose } from '../../../core/contract/sealing.js'
import { readGivenKeys } from '../../../core/sealing/given-keys.js'

/** As CHAOS_ENCRYPTION_KEY has it: another one for each name. */
export function keyText(name: string): string {
  return createHash('sha256').update(name).digest('base64')
}

export function keysOf(purpose: SealingPurpose, ...names: readonly string[]): SealingKeys {
  const read = readGivenKeys(names.map(keyText).join(','))
  if ('problem' in read) throw new Error(read.problem)
  return read.keys.of(purpose)
}
