// thread: main of a process that is no proxy
// The sub-commands beside `start`. A new one is one file and one line.
import type { SubCommand } from './command.js'
import { completionOf } from './completion.js'
import { demo } from './demo.js'
import { doctor } from './doctor.js'
import { drill } from './drill.js'
import { exportMemory } from './export.js'
import { forget } from './forget.js'
import { importMemory } from './import.js'
import { match } from './match.js'
import { replay } from './replay.js'
import { status } from './status.js'
import { whatIf } from './whatif.js'

export const commands: readonly SubCommand[] = [
  demo,
  doctor,
  status,
  match,
  drill,
  replay,
  whatIf,
  exportMemory,
  importMemory,
  forget,
  completionOf(() => commands),
]
