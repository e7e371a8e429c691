// All scenarios, in the order in which they run. A new one is one file and one line.
import type { Scenario } from './scenario.js'
import { clock } from './scenarios/clock.js'
import { damaged } from './scenarios/damaged.js'
import { slowDisk, unwritable } from './scenarios/disk.js'
import { diskFull } from './scenarios/disk-full.js'
import { dns } from './scenarios/dns.js'
import { files } from './scenarios/files.js'
import { flap } from './scenarios/flap.js'
import { handOver } from './scenarios/hand-over.js'
import { hang } from './scenarios/hang.js'
import { hedge } from './scenarios/hedge.js'
import { journal } from './scenarios/journal.js'
import { kill } from './scenarios/kill.js'
import { memory } from './scenarios/memory.js'
import { misbehaviours } from './scenarios/misbehaviour.js'
import { restart } from './scenarios/restart.js'
import { saturated } from './scenarios/saturated.js'
import { stop } from './scenarios/stop.js'
import { brain, edge, edges } from './scenarios/threads.js'

export const scenarios: readonly Scenario[] = [
  kill,
  stop,
  dns,
  flap,
  ...misbehaviours,
  restart,
  handOver,
  hedge,
  brain,
  edge,
  edges,
  hang,
  saturated,
  journal,
  diskFull,
  unwritable,
  slowDisk,
  damaged,
  files,
  memory,
  clock,
]
