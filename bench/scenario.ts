// What a scenario is: it says where the load goes, and gets things ready for it.
import type { Load, LoadResult } from './load.js'
import type { Stage } from './stage.js'

export interface Scenario {
  /** Programs on PATH without which it is left out. */
  readonly needs?: readonly string[]
  /** Once, while every origin lives: starts what it uses, teaches it. */
  prepare?(stage: Stage, paths: readonly string[]): Promise<void>
  /** Once, when the dying origin is dead: fails where the load would not measure what it should. */
  check?(stage: Stage, paths: readonly string[]): Promise<void>
  url(stage: Stage): Promise<string>
  /** In the place of a plain run. */
  run?(load: Load, runLoad: (load: Load) => Promise<LoadResult>): Promise<LoadResult>
}
