import { useSyncExternalStore } from 'react'
import { type LiveView, live } from './live-store.js'

/** Anew with every tick. */
export function useLive(): LiveView {
  return useSyncExternalStore(live.subscribe, live.view)
}
