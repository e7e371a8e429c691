// thread: main
// Which learned routes can have a switch. Policies go by the method and the path of a request: what is told from another by a
// body has none of its own. Pure.
import type { LessonRoute } from '../contract/lesson.js'
import { routeSyntax } from '../contract/route-policy.js'

type LearnedRoute = Pick<LessonRoute, 'method' | 'pattern'>

export interface Switchable {
  /** Routes that can be switched, each once. */
  readonly routes: readonly string[]
  /** Those that cannot be, and why. */
  readonly others: readonly { readonly route: string; readonly because: string }[]
}

/** Behind it stands what is asked in a body, see `routePath` in contract/question.ts. */
const ASKED = '#'

export function switchableOf(learned: readonly LearnedRoute[]): Switchable {
  const routes = new Set<string>()
  const others: { route: string; because: string }[] = []
  for (const { method, pattern } of learned) {
    const route = `${method} ${pattern}`
    const at = pattern.indexOf(ASKED)
    const place = at < 0 ? route : `${method} ${pattern.slice(0, at)}`
    const isNameable = routeSyntax.test(place)
    if (isNameable) routes.add(place)
    if (isNameable && at < 0) continue
    others.push({
      route,
      because: isNameable
        ? `what is asked there stands in the body, and a switch goes by method and path: «${place}» is all that is asked at that place`
        : 'its path has characters or empty segments that no switch can name; set CHAOS_GHOST or an entry of CHAOS_ROUTES_FILE with * in their place',
    })
  }
  return { routes: [...routes], others }
}
