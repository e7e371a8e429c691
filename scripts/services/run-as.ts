// The words before a command that make it another user's, and let it die with us.
import { existsSync } from 'node:fs'

export interface Identity {
  readonly uid: number
  readonly gid: number
}

const SETPRIV = '/usr/bin/setpriv'

/**
 * `setpriv` comes last before the server: the kernel forgets the death signal where the user changes after it was set.
 */
export function runAs(identity: Identity | undefined, detached: boolean, setpriv = SETPRIV): string[] {
  const words: string[] = []
  if (identity !== undefined) words.push(`--reuid=${identity.uid}`, `--regid=${identity.gid}`, '--clear-groups')
  if (!detached && existsSync(SETPRIV)) words.push('--pdeathsig', 'KILL')
  return words.length === 0 ? [] : [setpriv, ...words, '--']
}

/** Of the line of that user in a file like /etc/passwd. */
export function identityIn(passwd: string, user: string): Identity | undefined {
  const line = passwd.split('\n').find(one => one.startsWith(`${user}:`))
  if (line === undefined) return undefined
  const [, , uid, gid] = line.split(':')
  return { uid: Number(uid), gid: Number(gid) }
}
