// How much a model of an API keeps: the largest of each kind.
import { leafCount } from '../../../brain/world/tree.js'
import type { World } from '../../../brain/world/world.js'

export interface Kept {
  readonly records: number
  readonly names: number
  readonly views: number
  readonly lists: number
  readonly cursors: number
  readonly inputNames: number
  readonly scopes: number
  readonly observations: number
  readonly observedLeaves: number
  readonly placements: number
  readonly cases: number
  readonly caseExamples: number
}

export function kept(world: World): Kept {
  const routes = [...world.routes()].map(route => route.saved())
  const { cases } = world.absences.saved()
  const largest = (sizes: Iterable<number>): number => Math.max(0, ...sizes)
  return {
    records: world.types.reduce((sum, { size }) => sum + size, 0),
    names: largest(world.types.map(({ names }) => names.size)),
    views: largest(world.types.map(({ views }) => views.size)),
    lists: largest(routes.map(({ lists }) => lists.length)),
    cursors: largest(routes.flatMap(({ lists }) => lists.map(([, { cursors }]) => cursors.size))),
    inputNames: largest(routes.map(({ inputNames }) => inputNames.size)),
    scopes: largest(routes.map(({ scopes }) => scopes.size)),
    observations: largest(routes.map(({ observations }) => observations.length)),
    observedLeaves: largest(
      routes.map(({ observations }) => observations.reduce((sum, { body }) => sum + leafCount(body), 0)),
    ),
    placements: largest(routes.map(({ placements }) => placements.length)),
    cases: cases.size,
    caseExamples: largest([...cases.values()].map(({ examples }) => examples.length)),
  }
}
