// Waits until the journal has sent all that it holds.
import { setTimeout as sleep } from 'node:timers/promises'
import type { JournalPage } from '../../core/contract/journal.js'
import type { ProxyProcess } from './stage.js'

/** Sentences about what is left after `withinMs`; empty: nothing. */
export async function drained(proxy: ProxyProcess, withinMs: number): Promise<string[]> {
  const end = performance.now() + withinMs
  for (;;) {
    const { counts } = await proxy.admin<JournalPage>('/api/journal')
    if (counts.pending + counts.sending === 0)
      return counts.parked === 0 ? [] : [`${counts.parked} writes were parked, and the backend refused none`]
    if (performance.now() > end)
      return [`${counts.pending + counts.sending} writes were still not sent after ${withinMs / 1000} s`]
    await sleep(50)
  }
}
