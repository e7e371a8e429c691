#!/usr/bin/env node
// What Redis and PostgreSQL are worth and what they cost: real servers, real proxies. Exit 1 where a figure was missed, or could
// not be had.
import { runMeasures } from '../measure/run-measures.js'
import { faults } from './faults.js'
import { joining } from './joining.js'
import { lag } from './lag.js'
import { throughput } from './throughput.js'

await runMeasures({
  command: 'bench:engines',
  title: 'What Redis and PostgreSQL come to',
  results: 'bench/ENGINES.md',
  about: `It takes about five minutes, wants a machine with nothing else to do, and the
servers of \`npm run services -- install\`.`,
  sharing: 'backend, proxies, servers and load share the machine',
  measures: [lag, throughput, joining, faults],
  whole: { seconds: 8, rounds: 5 },
  quick: { seconds: 1, rounds: 1 },
})
