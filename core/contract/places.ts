// thread: any
// Which writes must keep their order: those to one place, or to places one of which is above the other. `/users` and
// `/users/7` may be about one thing, `/users/7` and `/users/8` are not. Spelled so that two ways to write one path are the same
// place; taking two places for one costs only speed.

import { decodePart } from './query-params.js'

/** `/Users//7.json;v=1/` → `/users/7`; the root is ''. */
export function placeOf(path: string): string {
  const segments: string[] = []
  for (const raw of path.split('/')) {
    const segment = spelled(raw)
    if (segment === '' || segment === '.') continue
    if (segment === '..') segments.pop()
    else segments.push(segment)
  }
  return segments.map(segment => `/${segment.replace(/\.[a-z0-9]{1,5}$/, '')}`).join('')
}

function spelled(segment: string): string {
  const [name = ''] = segment.split(';', 1)
  try {
    return decodeURIComponent(name).toLowerCase()
  } catch {
    return name.toLowerCase()
  }
}

/** The place and all above it, the root first: '', '/users', '/users/7'. */
export function placesAbove(place: string): string[] {
  const above = ['']
  for (let at = place.indexOf('/', 1); at > 0; at = place.indexOf('/', at + 1)) above.push(place.slice(0, at))
  if (place !== '') above.push(place)
  return above
}

/** Places of writes, and whether another must wait for one of them. */
export class Places {
  readonly #exact = new Set<string>()
  readonly #above = new Set<string>()

  /** `above`: its `placesAbove`. */
  add(above: readonly string[]): void {
    this.#exact.add(above.at(-1)!)
    for (const place of above) this.#above.add(place)
  }

  touches(above: readonly string[]): boolean {
    return this.#above.has(above.at(-1)!) || above.some(place => this.#exact.has(place))
  }
}

/** The place that a thing at this place is listed at: `/users` of `/users/7`; undefined of the root. */
export function placeAbove(place: string): string | undefined {
  return place === '' ? undefined : place.slice(0, place.lastIndexOf('/'))
}

/** `/users/a%20b.json` → `a b`: how the thing at this path is named there, as it is spelled; '' of the root. */
export function nameAtPath(path: string): string {
  const segment = path.replace(/\/+$/, '').split('/').at(-1) ?? ''
  const name = decodePart(segment.split(';', 1)[0]!, false)
  const bare = name.replace(/\.[a-z]{2,5}$/i, '')
  return bare === '' ? name : bare
}
