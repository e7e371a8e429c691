// thread: any
// What an error of Redis, or of the way to it, means for people, and what to do about it. Pure.
import type { SharedProblem, SharedProblemCode } from '../contract/shared.js'

/** Found out by us, not told by Redis. */
export class SharedMemoryError extends Error {
  constructor(readonly problem: SharedProblem) {
    super(problem.says)
    this.name = 'SharedMemoryError'
  }
}

/** Redis took a command and did not answer in time. */
export class SlowRedisError extends Error {
  constructor(command: string, waitedMs: number) {
    super(`${command} was not answered within ${waitedMs} ms`)
    this.name = 'SlowRedisError'
  }
}

/** The line of an ACL that is enough; see README, «Several instances». */
export function aclRule(prefix: string): string {
  return `ACL SETUSER chaos on >PASSWORD ~{${prefix}}:* &{${prefix}}:* +@read +@write +@stream +@pubsub +@scripting +@connection +info +time`
}

/** What Redis says first in an error, and what that means. */
const byWord: Readonly<Record<string, SharedProblemCode>> = {
  WRONGPASS: 'wrong-password',
  NOAUTH: 'wrong-password',
  NOPERM: 'no-permission',
  READONLY: 'read-only',
  OOM: 'full',
  MISCONF: 'full',
  NOREPLICAS: 'full',
  // It is there and cannot answer yet, or not here any more.
  LOADING: 'not-reached',
  MASTERDOWN: 'not-reached',
  CLUSTERDOWN: 'not-reached',
  TRYAGAIN: 'not-reached',
  UNBLOCKED: 'not-reached',
  BUSY: 'slow',
  WRONGTYPE: 'foreign-key',
}

export function codeOf(error: unknown): SharedProblemCode {
  if (error instanceof SharedMemoryError) return error.problem.code
  if (error instanceof SlowRedisError) return 'slow'
  const message = messageOf(error)
  const word = /^(?:ERR )?(?:Error running script.*?: )?([A-Z]+)\b/.exec(message)?.[1] ?? ''
  const known = byWord[word] ?? byWord[/\b(OOM|READONLY|NOPERM|WRONGTYPE) /.exec(message)?.[1] ?? '']
  if (known !== undefined) return known
  if (/invalid (username-password|password)|without any password configured/i.test(message)) return 'wrong-password'
  if (/unknown command/i.test(message)) return 'too-old'
  if (
    /ECONN|ENOTFOUND|EAI_AGAIN|EHOST|ENET|ETIMEDOUT|EPIPE|closed|isn't writeable|All sentinels|slots cache|TLS|SSL|certificate/i.test(
      message,
    )
  )
    return 'not-reached'
  return 'failed'
}

/** `shown`: the URL without credentials. */
export function problemOf(error: unknown, shown: string, prefix: string): SharedProblem {
  if (error instanceof SharedMemoryError) return error.problem
  const code = codeOf(error)
  return { code, says: `${shown}: ${sentences[code](messageOf(error), prefix)}` }
}

const sentences: Readonly<Record<SharedProblemCode, (message: string, prefix: string) => string>> = {
  'wrong-url': message => message,
  'not-reached': message =>
    `Redis is not reached (${message}): start it, or set CHAOS_REDIS_URL to where it is; this instance goes on alone and joins when it is there`,
  slow: message =>
    `Redis does not answer in time (${message}): see whether it is stopped, overloaded or far away; this instance goes on alone and joins when it answers`,
  'wrong-password': message =>
    `Redis refuses the credentials (${message}): set those of an ACL user in CHAOS_REDIS_URL, redis://user:password@host`,
  'no-permission': (message, prefix) => `this user may not do all that is needed (${message}): ${aclRule(prefix)}`,
  'too-old': message => `this Redis is too old (${message}): use Redis 6.2 or newer, or Valkey`,
  'foreign-key': (message, prefix) =>
    `something else is kept under our names (${message}): set CHAOS_REDIS_PREFIX to another word than «${prefix}», or remove it there`,
  'other-format': message => message,
  'other-scope-key': message => message,
  'other-encryption-key': message => message,
  'read-only': () =>
    'this Redis is a replica and takes no writes: set CHAOS_REDIS_URL to its primary, or to the Sentinels that know it; what it holds is learned meanwhile',
  full: message =>
    `Redis takes nothing more (${message}): give it more memory (maxmemory), or lower CHAOS_REDIS_MAX_BYTES; what it holds is learned meanwhile`,
  failed: message => `Redis failed (${message})`,
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0])
  return error instanceof Error ? error.message || error.name : String(error)
}
