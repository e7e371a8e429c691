// thread: any
// What a client's own pending write has to do with a question of his: the very thing, a row of the list, the whole of it, or
// nothing. Pure.

import type { OwnWrite } from '../contract/own-write.js'
import { nameAtPath, placeAbove, placeOf } from '../contract/places.js'
import type { Question } from '../contract/question.js'
import type { MatchedRoute } from '../contract/route-match.js'
import type { RouteShows } from '../contract/route-shows.js'

export type OwnEffect =
  /** The thing with this id is as it was written. `isHere`: the question is about it alone. */
  | { readonly kind: 'changed' | 'gone'; readonly id: string; readonly isHere: boolean; readonly write: OwnWrite }
  /** There is one more. `isHere`: the question is about it alone; `isElsewhere`: this list is not the one it was added to. */
  | { readonly kind: 'made'; readonly isHere: boolean; readonly isElsewhere: boolean; readonly write: OwnWrite }
  /** What became of the thing with this id nobody can tell; '': of anything here. */
  | { readonly kind: 'unclear'; readonly id: string; readonly write: OwnWrite }

export interface AskedPlace {
  readonly question: Question
  readonly path: string
  readonly shows: RouteShows | undefined
}

/** `routeOf`: what is learned of reading at a path. Undefined: it has nothing to do with the question. */
export function effectOf(
  write: OwnWrite,
  asked: AskedPlace,
  routeOf: (path: string) => MatchedRoute | undefined,
): OwnEffect | undefined {
  const here = placeOf(asked.path)
  const place = placeOf(write.path)
  // Through such an endpoint everything goes: of a write there nothing can be told, and of one elsewhere nothing that is asked.
  if (asked.question.kind !== 'plain') return place === here ? { kind: 'unclear', id: '', write } : undefined
  return write.method === 'POST'
    ? ofPost(write, place, asked, here, routeOf)
    : ofChange(write, place, asked, here, routeOf)
}

function ofPost(
  write: OwnWrite,
  place: string,
  { path, shows }: AskedPlace,
  here: string,
  routeOf: (path: string) => MatchedRoute | undefined,
): OwnEffect | undefined {
  const at = routeOf(write.path)?.route
  const isCreation = write.temporary !== undefined || at?.shows?.kind === 'many'
  if (isCreation) {
    if (here === place) return { kind: 'made', isHere: false, isElsewhere: false, write }
    const isIt = placeAbove(here) === place && nameAtPath(path) === write.temporary?.id
    if (isIt) return { kind: 'made', isHere: true, isElsewhere: false, write }
    const isAlike = shows?.kind === 'many' && at?.shows !== undefined && shows.type === at.shows.type
    return isAlike ? { kind: 'made', isHere: false, isElsewhere: true, write } : undefined
  }
  if (here === place) return { kind: 'unclear', id: '', write }
  return ofAction(write, at === undefined ? placePathAbove(write.path) : write.path, asked(path, shows), here, routeOf)
}

const asked = (path: string, shows: RouteShows | undefined) => ({ path, shows })

/** `/orders/7/cancel`: nobody reads there, but the order is another one. `from`: where what is read is looked for, upwards. */
function ofAction(
  write: OwnWrite,
  from: string,
  { shows }: { readonly shows: RouteShows | undefined },
  here: string,
  routeOf: (path: string) => MatchedRoute | undefined,
): OwnEffect | undefined {
  for (let path = from; path !== ''; path = placePathAbove(path)) {
    const found = routeOf(path)?.route
    if (found === undefined) continue
    const subject = placeOf(path)
    if (here === subject) return { kind: 'unclear', id: '', write }
    return isShownBy(subject, here, found.shows, shows) ? { kind: 'unclear', id: nameAtPath(path), write } : undefined
  }
  return undefined
}

function ofChange(
  write: OwnWrite,
  place: string,
  { path, shows }: AskedPlace,
  here: string,
  routeOf: (path: string) => MatchedRoute | undefined,
): OwnEffect | undefined {
  const kind = write.method === 'DELETE' ? 'gone' : 'changed'
  const at = routeOf(write.path)?.route
  const id = nameAtPath(write.path)
  if (here === place) {
    // All of a collection is replaced or taken away.
    if (shows?.kind === 'many') return { kind: 'unclear', id: '', write }
    return { kind, id, isHere: true, write }
  }
  // What belongs to a thing that is gone is most often gone with it.
  if (kind === 'gone' && here.startsWith(`${place}/`)) return { kind: 'unclear', id: '', write }
  if (isShownBy(place, here, at?.shows, shows)) return { kind, id, isHere: false, write }
  // `PUT /users/7/address`, where only `/users/7` is read.
  return at === undefined ? ofAction(write, placePathAbove(write.path), asked(path, shows), here, routeOf) : undefined
}

/** Does what is asked `here` show the thing at `place`? Where it is listed, and wherever else the same things are shown. */
function isShownBy(
  place: string,
  here: string,
  ofThing: RouteShows | undefined,
  ofHere: RouteShows | undefined,
): boolean {
  if (ofHere === undefined) return placeAbove(place) === here
  if (ofThing !== undefined) return ofThing.kind === 'one' && ofThing.type === ofHere.type
  return placeAbove(place) === here && ofHere.kind === 'many'
}

function placePathAbove(path: string): string {
  return path.slice(0, Math.max(0, path.replace(/\/+$/, '').lastIndexOf('/')))
}
