// Preloaded into a proxy (`--import`): its time of day is off by the hours that stand in the file CLOCK_FILE, in all threads.
// Monotonic clocks and timers go on as ever, as they do when an administrator or a time server sets the time.
import { readFileSync } from 'node:fs'

const file = process.env.CLOCK_FILE
const now = Date.now
const LOOK_MS = 50
let lookedAt = Number.NEGATIVE_INFINITY
let offMs = 0

if (file !== undefined)
  Date.now = () => {
    if (performance.now() - lookedAt >= LOOK_MS) {
      lookedAt = performance.now()
      offMs = Number(readFileSync(file, 'utf8')) * 3_600_000
    }
    return now() + offMs
  }
