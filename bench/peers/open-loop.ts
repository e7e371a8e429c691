// What the process that sends at a fixed rate is told, and how to run it.
import type { LoadResult } from '../load.js'
import { askProcess } from '../processes.js'

export interface OpenLoopOrder {
  readonly host: string
  readonly port: number
  readonly paths: readonly string[]
  readonly connections: number
  readonly perSecond: number
  /** Sent, but not measured. */
  readonly warmUpS: number
  readonly durationS: number
}

export type OpenLoop = Omit<OpenLoopOrder, 'host' | 'port'>

export async function runOpenLoop(url: string, load: OpenLoop): Promise<LoadResult> {
  const { hostname, port } = new URL(url)
  const order: OpenLoopOrder = { host: hostname, port: Number(port), ...load }
  const file = new URL('./open-loop-process.js', import.meta.url)
  return (await askProcess<OpenLoopOrder, LoadResult>(file, order)).reply
}
