// thread: main
// The watch over the memory of the process, by the settings.
import { steadyClock } from '../clock/clock.js'
import type { Settings } from '../contract/settings.js'
import { collectGarbage } from '../health/collect-garbage.js'
import { MemoryPressure } from '../health/memory-pressure.js'
import { memoryLimit, usedBytes } from '../health/own-memory.js'
import type { Log } from '../log/log.js'
import type { Edges } from '../threads/edges.js'

export function openMemoryPressure(settings: Settings, edges: Pick<Edges, 'sendAll'>, log: Log): MemoryPressure {
  return new MemoryPressure({
    limitBytes: memoryLimit(settings.processMaxBytes),
    used: usedBytes,
    onChange: state => edges.sendAll({ kind: 'memory-pressure', state }),
    collect: () => {
      edges.sendAll({ kind: 'collect-garbage' })
      collectGarbage()
    },
    steady: steadyClock,
    log,
  })
}
