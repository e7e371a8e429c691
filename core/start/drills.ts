// thread: main
// The drills, and their way to the edges.
import { randomBytes } from 'node:crypto'
import { steadyClock, systemClock } from '../clock/clock.js'
import { Drills } from '../drills/drills.js'
import type { CircuitWatch } from '../health/watch.js'
import type { Log } from '../log/log.js'
import type { Edges } from '../threads/edges.js'

export function openDrills(edges: Pick<Edges, 'sendAll'>, watch: CircuitWatch, log: Log): Drills {
  return new Drills({
    steady: steadyClock,
    timeOfDay: systemClock,
    newId: () => randomBytes(4).toString('hex'),
    tell: running => edges.sendAll({ kind: 'drills', running }),
    onEnd: beganAt => watch.imitationEnded(beganAt),
    log,
  })
}
