// thread: main of a process that is no proxy
// The sub-commands beside `start`. A new one is one file and one line.
import type { SubCommand } from './command.js'
import { drill } from './drill.js'
import { replay } from './replay.js'
import { whatIf } from './whatif.js'

export const commands: readonly SubCommand[] = [drill, replay, whatIf]
