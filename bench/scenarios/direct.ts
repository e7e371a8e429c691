// The origin with nothing before it: what everything else is compared with.
import type { Scenario } from '../scenario.js'

export const direct: Scenario = {
  url: async stage => (await stage.origin()).url,
}
