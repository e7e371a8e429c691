// Every scenario by the name that autocannon.config.json uses.
import type { Scenario } from '../scenario.js'
import { direct } from './direct.js'
import { failover } from './failover.js'
import { forward, forwardLearning } from './forward.js'
import { ghostExact, ghostSemantic, ghostTemplate } from './ghosts.js'
import { nginx, nginxStale } from './nginx.js'

export const scenarios = {
  direct,
  forward,
  'forward-learning': forwardLearning,
  'ghost-exact': ghostExact,
  'ghost-template': ghostTemplate,
  'ghost-semantic': ghostSemantic,
  failover,
  nginx,
  'nginx-stale': nginxStale,
} as const satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof scenarios
export const scenarioNames = Object.keys(scenarios) as ScenarioName[]
