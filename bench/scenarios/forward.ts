// A well origin behind the proxy: what it costs that the proxy is there, without and with capture and learning.
import { expectLive } from '../ask.js'
import type { Scenario } from '../scenario.js'

export const forward = forwarding('off')
export const forwardLearning = forwarding('on')

function forwarding(capture: 'on' | 'off'): Scenario {
  return {
    prepare: async (stage, paths) => {
      await expectLive((await stage.proxy(capture)).url, paths.slice(0, 20))
    },
    url: async stage => (await stage.proxy(capture)).url,
  }
}
