// thread: any
// Makes anew what an answer of this route has anew each time (moments, ids, links to them), and leaves everything else
// octet for octet as it was: values are exchanged in the text, nothing is printed again.
import { isUtf8 } from 'node:buffer'
import { contentCoding, decodeContent } from '../contract/content-coding.js'
import { leafSpans } from '../contract/json-leaves.js'
import { mintId, type RandomBytes } from '../contract/mint-id.js'
import { precisionMs, printTime, readTimeAs } from '../contract/time-format.js'
import { fieldPlace, fitsClass, idIn, leafTreeOf, type VolatileClass, type VolatileMap } from '../contract/volatile.js'

export interface Regenerable {
  /** Flat, lower-case names. */
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

export interface Regeneration {
  readonly now: number
  /** When the answer was seen, epoch ms: a moment that was not the right distance from it then is data. */
  readonly seenAt: number
  readonly random: RandomBytes
}

/** Bodies beyond this are not looked into. */
const MAX_REGENERATED_BYTES = 1 << 20
/** Besides the precision of a format: the time that an answer may have been under way. */
const UNDER_WAY_MS = 10_000

/** They name the octets of the body that is no more. RFC 9110 §8.8.3, RFC 9530. */
const bodyNames = new Set(['etag', 'content-md5', 'digest', 'content-digest', 'repr-digest'])

/** A value that is to be exchanged: its text, and how the new text is put in its place. */
interface Site {
  readonly class: VolatileClass
  readonly text: string
  readonly isNumber: boolean
  put(old: string, fresh: string): void
}

/** The same objects where nothing is volatile. A body that was changed stands decoded, and without its validators. */
export function regenerate<Answer extends Regenerable>(
  answer: Answer,
  map: VolatileMap | undefined,
  by: Regeneration,
): Answer {
  if (map === undefined || map.leaves.length === 0) return answer
  const headers = [...answer.headers]
  const sites = fieldSites(headers, map)
  const body = new BodyText(answer, map)
  sites.push(...body.sites)
  if (sites.length === 0) return answer
  exchange(sites, by)
  const text = body.spliced()
  if (text === undefined) return { ...answer, headers }
  const kept = headers.filter((_, i) => {
    const name = headers[i - (i % 2)]!
    return !bodyNames.has(name) && name !== 'content-encoding' && name !== 'content-length'
  })
  return { ...answer, headers: kept, body: Buffer.from(text) }
}

function fieldSites(headers: string[], map: VolatileMap): Site[] {
  const sites: Site[] = []
  for (const { at, class: volatile } of map.leaves) {
    if (!at.startsWith(':')) continue
    for (let i = 0; i < headers.length; i += 2) {
      if (fieldPlace(headers[i]!) !== at) continue
      const put = (old: string, fresh: string): void => {
        headers[i + 1] = headers[i + 1]!.replaceAll(old, () => fresh)
      }
      sites.push({ class: volatile, text: headers[i + 1]!, isNumber: false, put })
    }
  }
  return sites
}

/** The text of a body, and what of it is to be exchanged. */
class BodyText {
  readonly sites: Site[] = []
  readonly #text: string = ''
  readonly #pieces: { readonly start: number; readonly end: number; raw: string }[] = []
  #changed = false

  constructor({ headers, body }: Regenerable, map: VolatileMap) {
    const tree = leafTreeOf(map)
    if (body.length === 0 || (tree.members.size === 0 && tree.item === undefined && tree.leaf === undefined)) return
    const plain = decodeContent(body, contentCoding(headers), MAX_REGENERATED_BYTES)
    // Octets that are not UTF-8 would come back as others.
    if (plain === undefined || plain.length > MAX_REGENERATED_BYTES || !isUtf8(plain)) return
    this.#text = plain.toString('utf8')
    for (const { leaf, start, end } of leafSpans(this.#text, tree) ?? []) {
      const raw = this.#text.slice(start, end)
      const text = textOf(raw)
      if (text === undefined) continue
      const piece = { start, end, raw }
      this.#pieces.push(piece)
      const put = (old: string, fresh: string): void => {
        // What is exchanged needs no escapes, so that the rest of the string stays as it was written; some escape the `+` of
        // a zone all the same.
        const exchanged = raw.includes(old) ? piece.raw.replaceAll(old, () => fresh) : JSON.stringify(fresh)
        if (exchanged === piece.raw) return
        piece.raw = exchanged
        this.#changed = true
      }
      this.sites.push({ class: leaf.class, text, isNumber: raw.charCodeAt(0) !== 0x22, put })
    }
  }

  /** undefined: as it was. */
  spliced(): string | undefined {
    if (!this.#changed) return undefined
    let out = ''
    let from = 0
    for (const { start, end, raw } of this.#pieces) {
      out += this.#text.slice(from, start) + raw
      from = end
    }
    return out + this.#text.slice(from)
  }
}

/** Of a string or a number; anything else is never volatile. */
function textOf(raw: string): string | undefined {
  const first = raw.charCodeAt(0)
  if (first !== 0x22) return first === 0x2d || (first >= 0x30 && first <= 0x39) ? raw : undefined
  if (!raw.includes('\\')) return raw.slice(1, -1)
  try {
    return JSON.parse(raw) as string
  } catch {
    return undefined
  }
}

function exchange(sites: readonly Site[], { now, seenAt, random }: Regeneration): void {
  // The same old id becomes the same new one wherever it stands; links follow when all ids are made.
  const minted = new Map<string, string>()
  const below = [...random(6)].map(byte => byte % 10).join('')
  for (const { class: volatile, text, isNumber, put } of sites) {
    switch (volatile.kind) {
      case 'id': {
        const id = idIn(volatile, text)
        if (id === undefined) break
        const fresh = minted.get(id) ?? mintId(volatile.format, now, random, isNumber)
        minted.set(id, fresh)
        put(id, fresh)
        break
      }
      case 'time': {
        const was = readTimeAs(volatile.format, text)
        if (was === undefined) break
        const off = Math.abs(was.at - seenAt - volatile.offsetMs)
        if (off <= precisionMs(volatile.format) + UNDER_WAY_MS)
          put(text, printTime(volatile.format, now + volatile.offsetMs, below))
        break
      }
      case 'counter':
        if (fitsClass(volatile, text)) put(text, String(Number(text) + volatile.step))
        break
      case 'link':
        break
    }
  }
  for (const { class: volatile, text, put } of sites) {
    if (volatile.kind === 'link') for (const [old, fresh] of minted) if (text.includes(old)) put(old, fresh)
  }
}
