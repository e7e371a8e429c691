// thread: shared
// Names in Redis. All stand under one prefix in braces, the hash tag of Redis Cluster: they lie on one node, so that scripts
// may use several of them.
import { SharedSeal } from './shared-seal.js'

export const FORMAT = 1
/** The same, sealed: whoever has no key leaves it alone. */
export const SEALED_FORMAT = 2

export interface SharedKeys {
  readonly prefix: string
  /** How it stands there. */
  readonly seal: SharedSeal
  /** String: format and era. The era is new where everything was gone. */
  readonly format: string
  /** String: the key under which credentials are hashed. */
  readonly scopeKey: string
  /** String: tells whether another key is the same, where none is kept here. */
  readonly scopeCheck: string
  /** String: tells whether another encryption key is the same. */
  readonly sealCheck: string
  /** Stream: exchanges, one batch an entry. */
  readonly exchanges: string
  /** Hash: the newest exchange of each request. */
  readonly shelf: string
  /** Sorted set: when they were. */
  readonly shelfSeen: string
  /** String: how many octets that is. */
  readonly shelfBytes: string
  /** Hash: what grading has shown; its version, and by whom. */
  readonly lesson: string
  /** String: who writes it. */
  readonly scribe: string
  /** String: who sends again what was lost. */
  readonly refill: string
  /** Hash: what is to be forgotten by all, by its id. */
  readonly forgotten: string
  /** Hash: which instance has done so, by id and instance. */
  readonly forgottenBy: string
  /** Channels. */
  readonly lessons: string
  readonly circuits: string
}

export function sharedKeys(prefix: string, seal: SharedSeal = new SharedSeal(undefined)): SharedKeys {
  const key = (name: string): string => `{${prefix}}:${name}`
  return {
    prefix,
    seal,
    format: key('format'),
    scopeKey: key('scope-key'),
    scopeCheck: key('scope-check'),
    sealCheck: key('seal-check'),
    exchanges: key('exchanges'),
    shelf: key('shelf'),
    shelfSeen: key('shelf:seen'),
    shelfBytes: key('shelf:bytes'),
    lesson: key('lesson'),
    scribe: key('scribe'),
    refill: key('refill'),
    forgotten: key('forgotten'),
    forgottenBy: key('forgotten:by'),
    lessons: key('lessons'),
    circuits: key('circuits'),
  }
}

/** What must be there under each, if anything is. */
export function keyTypes(keys: SharedKeys): readonly (readonly [key: string, type: string])[] {
  return [
    [keys.format, 'string'],
    [keys.scopeKey, 'string'],
    [keys.scopeCheck, 'string'],
    [keys.sealCheck, 'string'],
    [keys.exchanges, 'stream'],
    [keys.shelf, 'hash'],
    [keys.shelfSeen, 'zset'],
    [keys.shelfBytes, 'string'],
    [keys.lesson, 'hash'],
    [keys.scribe, 'string'],
    [keys.refill, 'string'],
    [keys.forgotten, 'hash'],
    [keys.forgottenBy, 'hash'],
  ]
}
