#!/usr/bin/env node
// What the promises come to on this machine. Exit 1 where one was missed.
import { runMeasures } from '../measure/run-measures.js'
import { crashPoints } from './crash-points.js'
import { flapping } from './flapping.js'
import { hedge } from './hedge.js'
import { journal } from './journal.js'
import { kill9 } from './kill.js'

const { random } = Math

await runMeasures({
  command: 'bench:immortality',
  title: 'What immortality comes to',
  results: 'bench/IMMORTALITY.md',
  about: 'It takes about five minutes and wants a machine with nothing else to do.',
  sharing: 'backend, proxy and load share the machine',
  measures: [kill9, flapping, journal, crashPoints, hedge],
  whole: { seconds: 5, flaps: 15, crashes: 200, random },
  quick: { seconds: 1, flaps: 1, crashes: 10, random },
})
