// thread: any
// A name for requests that no learned route has, writes above all: method and path, with `*` for what looks like a parameter.
// Only so many names are given: a scanner must not take the place of what people use.
import { segmentsOf } from '../../../core/contract/route-match.js'
import { segmentType } from '../../../core/contract/segment-type.js'
import { pathOf } from '../../../core/contract/target.js'

const REMEMBERED = 4096
const MAX_NAMES = 200
const MAX_LENGTH = 128

export class TargetShapes {
  readonly #names = new Set<string>()
  #remembered = new Map<string, string | undefined>()

  /** Undefined: it is not known, or there are too many. */
  nameOf(method: string, target: string): string | undefined {
    if (target === '') return undefined
    const path = pathOf(target)
    const asked = `${method} ${path}`
    if (this.#remembered.has(asked)) return this.#remembered.get(asked)
    const name = this.#make(method, path)
    if (this.#remembered.size >= REMEMBERED) this.#remembered = new Map()
    this.#remembered.set(asked, name)
    return name
  }

  #make(method: string, path: string): string | undefined {
    if (path.length > MAX_LENGTH) return undefined
    const name = `${method} /${segmentsOf(path)
      .map(segment => (segmentType(segment) === undefined ? segment : '*'))
      .join('/')}`
    if (this.#names.has(name)) return name
    if (this.#names.size >= MAX_NAMES) return undefined
    this.#names.add(name)
    return name
  }
}
