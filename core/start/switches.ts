// thread: main
// The rules of routes in force, and their way to the edges.
import type { RoutePolicy } from '../contract/route-policy.js'
import type { Settings } from '../contract/settings.js'
import type { Board } from '../health/board.js'
import type { Log } from '../log/log.js'
import { Switches } from '../switches/switches.js'
import type { Edges } from '../threads/edges.js'
import { Followed } from '../threads/followed.js'
import type { Lessons } from './lessons.js'
import { FOLLOW_MS } from './upstreams.js'

export interface SwitchesInForceParts {
  readonly settings: Settings
  /** Of CHAOS_ROUTES_FILE. */
  readonly entries: readonly RoutePolicy[]
  readonly file: string
  readonly board: Board
  readonly lessons: Lessons
  readonly hasJournal: () => boolean
  /** False: another process has the data folder, or is about to. */
  readonly mayWrite: () => boolean
  readonly workers: number
  readonly edges: Pick<Edges, 'sendAll'>
  readonly log: Log
}

export class SwitchesInForce {
  readonly known: Switches
  /** What edges say of it. */
  readonly followed: Followed

  /** Throws as `Switches`. */
  constructor({
    settings,
    entries,
    file,
    board,
    lessons,
    hasJournal,
    mayWrite,
    workers,
    edges,
    log,
  }: SwitchesInForceParts) {
    this.followed = new Followed(workers)
    this.known = new Switches({
      ...{ file, entries, settings, hasJournal, mayWrite, log },
      mode: () => board.mode,
      learned: () => lessons.lesson.routes,
      tell: rules => {
        edges.sendAll({ kind: 'route-rules', rules })
        return this.followed.by(rules.version, FOLLOW_MS)
      },
    })
  }
}
