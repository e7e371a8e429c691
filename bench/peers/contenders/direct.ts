// The origin with nothing before it.
import type { Contender } from '../contender.js'

export const direct: Contender = {
  name: 'direct',
  runs: 'the origin, no proxy',
  noTls: 'the origin speaks no TLS',
  // It is not a process of its own: its memory is not looked at, nor is it ended.
  start: async ({ originPort }) => ({ url: `http://127.0.0.1:${originPort}`, pid: 0, stop: async () => {} }),
}
