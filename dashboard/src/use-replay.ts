// One replay, asked for again and again until it is over.
import { useEffect, useState } from 'react'
import type { ReplayReport } from '../../core/contract/replays.js'
import { type Resource, useResource } from './use-resource.js'

const LOOK_MS = 500

/** `id` null: there is none. */
export function useReplay(id: string | null): Resource<ReplayReport> {
  const [isOver, setOver] = useState(false)
  const report = useResource<ReplayReport>(
    id === null ? null : `/api/replays/${encodeURIComponent(id)}`,
    isOver ? 0 : LOOK_MS,
  )
  const hasEnded = report.data?.state === 'ended'
  useEffect(() => setOver(hasEnded), [hasEnded])
  return report
}
