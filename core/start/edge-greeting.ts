// thread: main
// What an edge is told when it is up, for the first time or in the place of one that crashed: all that the others have heard.
import type { Drills } from '../drills/drills.js'
import type { MemoryPressure } from '../health/memory-pressure.js'
import type { OpenJournal } from '../journal/open-journal.js'
import type { Edges } from '../threads/edges.js'
import type { Lessons } from './lessons.js'
import type { Watchers } from './watchers.js'
import type { WriteReplays } from './write-replays.js'

export interface EdgeGreeting {
  readonly edges: Pick<Edges, 'send'>
  readonly replays: WriteReplays
  readonly lessons: Lessons
  readonly drills: Drills
  readonly journal: OpenJournal | undefined
  readonly pressure: MemoryPressure
  readonly watchers: Watchers
}

export function greetEdge(edge: number, greeting: EdgeGreeting): void {
  const { edges, replays, lessons, drills, journal, pressure, watchers } = greeting
  // What its predecessor was sending when it crashed.
  replays.edgeGone(edge)
  edges.send(edge, { kind: 'lesson', lesson: lessons.lesson, circuits: lessons.circuits })
  edges.send(edge, { kind: 'drills', running: drills.running })
  if (journal !== undefined) edges.send(edge, { kind: 'own-writes', news: journal.own.whole() })
  edges.send(edge, { kind: 'memory-pressure', state: pressure.state })
  if (watchers.areThere) edges.send(edge, { kind: 'tail', wanted: true })
}
