// thread: main
// Fetches the embedding model where it is missing. The proxy serves meanwhile: exact and template ghosts need no model, and what
// is learned now is embedded later.
import type { Brain } from '../../brain/pool.js'
import type { Settings } from '../contract/settings.js'
import { type ModelFetch, startModelFetch } from '../data/model-fetch.js'
import type { Log } from '../log/log.js'

export function fetchMissingModel(
  brain: Pick<Brain, 'embedderOpened' | 'modelArrived'>,
  settings: Settings,
  log: Log,
): { stop(): void } {
  let fetching: ModelFetch | undefined
  let stopped = false
  void brain.embedderOpened().then(async asked => {
    if (asked || stopped || !settings.fetchModel) return
    fetching = startModelFetch(settings.modelDir, log)
    if ((await fetching.arrived) && !stopped) await brain.modelArrived()
  })
  return {
    stop: () => {
      stopped = true
      fetching?.stop()
    },
  }
}
