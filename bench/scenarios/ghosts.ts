// The origin is dead: how fast does each tier answer. What is measured is checked first: every path must get a ghost of
// the tier, with the content that the origin would have given.
import { expectGhosts, learned, teach } from '../ask.js'
import type { Scenario } from '../scenario.js'

/** Every path was seen. */
export const ghostExact = ghosts('exact', paths => paths)
/** No path was seen, others of the route were. */
export const ghostTemplate = ghosts('template', paths =>
  paths.map(path => path.replace(/\d+/g, number => String(Number(number) + 5000))),
)
/** No search was seen in this spelling; each was in two others. */
export const ghostSemantic = ghosts('semantic', paths => paths.flatMap(otherSpellings))

function ghosts(tier: string, lessonsFor: (paths: readonly string[]) => readonly string[]): Scenario {
  return {
    prepare: async (stage, paths) => {
      const { url, adminUrl } = await stage.ghostProxy()
      await teach(url, lessonsFor(paths))
      await learned(adminUrl)
    },
    check: async (stage, paths) => {
      await expectGhosts((await stage.ghostProxy()).url, (await stage.origin()).url, paths, tier)
    },
    url: async stage => (await stage.ghostProxy()).url,
  }
}

/** The last word first, and that in capitals: same words, other order, other case. */
function otherSpellings(path: string): string[] {
  const [before, words] = path.split('q=') as [string, string]
  const turned = words.split('+')
  turned.unshift(turned.pop()!)
  return [`${before}q=${turned.join('+')}`, `${before}q=${[...turned].reverse().join('+').toUpperCase()}`]
}
