// nginx before the same origins, under the same load: the peer that everybody knows.
import { expectLive, teach } from '../ask.js'
import type { Scenario } from '../scenario.js'

export const nginx: Scenario = {
  needs: ['nginx'],
  prepare: async (stage, paths) => {
    await expectLive((await stage.nginx()).proxyUrl, paths.slice(0, 20))
  },
  url: async stage => (await stage.nginx()).proxyUrl,
}

/** Serves from its cache what a dead origin said. */
export const nginxStale: Scenario = {
  needs: ['nginx'],
  prepare: async (stage, paths) => {
    await teach((await stage.nginx()).staleUrl, paths)
  },
  check: async (stage, paths) => {
    await expectLive((await stage.nginx()).staleUrl, paths)
  },
  url: async stage => (await stage.nginx()).staleUrl,
}
