// thread: any
// A thing that a client made and the API has not heard of: what was sent, and what the API was seen to add. Pure.
import type { CreationForm, LocationForm, MadeForm } from '../contract/creation-form.js'
import { type JsonNode, parseJson } from '../contract/json.js'
import { type OwnWrite, REDACTED } from '../contract/own-write.js'
import type { RouteShows } from '../contract/route-shows.js'
import { printTime } from '../contract/time-format.js'
import { atPath, memberOf, withinEnvelope } from './own-rows.js'

/** What a body is made of. */
export interface Making {
  readonly sent: JsonNode | undefined
  readonly id: string
  readonly scope: string
  /** Epoch ms. */
  readonly at: number
}

/** What the API would answer whoever made it, as far as it was seen to; members that nobody knows are left out. */
export function madeBody(form: MadeForm, making: Making): JsonNode | undefined {
  switch (form.kind) {
    case 'sent':
      return said(atPath(making.sent, form.path))
    case 'id': {
      if (isOthers(form, making.scope)) return undefined
      const text = `${form.before}${making.id}${form.after}`
      return form.isNumber ? { kind: 'number', raw: text } : { kind: 'string', value: text }
    }
    case 'time': {
      const text = printTime(form.format, making.at, '000000')
      return form.format.style === 'epoch' ? { kind: 'number', raw: text } : { kind: 'string', value: text }
    }
    case 'constant':
      return isOthers(form, making.scope) ? undefined : form.node
    case 'object': {
      const entries = new Map<string, JsonNode>()
      for (const [name, child] of form.entries) {
        const node = madeBody(child, making)
        if (node !== undefined) entries.set(name, node)
      }
      const echoed = form.echoes === undefined ? undefined : atPath(making.sent, form.echoes)
      if (echoed?.kind === 'object')
        for (const [name, node] of echoed.entries)
          if (!entries.has(name) && said(node) !== undefined) entries.set(name, node)
      return { kind: 'object', entries: [...entries] }
    }
  }
}

/** What stands in the place of a secret is not said again. */
function said(node: JsonNode | undefined): JsonNode | undefined {
  return node?.kind === 'string' && node.value === REDACTED ? undefined : node
}

function isOthers(form: { readonly scope?: string }, scope: string): boolean {
  return form.scope !== undefined && form.scope !== scope
}

/** Undefined: its form is that of another credential. */
export function locationOf(form: LocationForm, path: string, { id, scope }: Making): string | undefined {
  if (isOthers(form, scope)) return undefined
  const { isBelowPath, before, after } = form
  return `${isBelowPath ? path.replace(/\/+$/, '') : ''}${before}${encodeURIComponent(id)}${after}`
}

/** The thing as a route shows it. Undefined: what was sent cannot be read. */
export function madeThing(
  write: OwnWrite,
  form: CreationForm | undefined,
  shows: RouteShows,
  scope: string,
): JsonNode | undefined {
  const sent = write.body === undefined ? undefined : parseJson(write.body)
  const { temporary, acceptedAt: at } = write
  const id = temporary?.id
  if (form?.body !== undefined && id !== undefined) {
    const body = madeBody(form.body, { sent, id, scope, at })
    const thing = form.idAt === undefined ? body : atPath(body, form.idAt.slice(0, -1))
    if (thing?.kind === 'object') return thing
  }
  if (sent?.kind !== 'object') return undefined
  const inner = withinEnvelope(sent, shows.path)
  const entries = inner.entries.filter(([, node]) => said(node) !== undefined)
  if (id === undefined || shows.idMember === '' || memberOf(inner, shows.idMember) !== undefined)
    return { kind: 'object', entries }
  const node: JsonNode = temporary!.isNumber ? { kind: 'number', raw: id } : { kind: 'string', value: id }
  return { kind: 'object', entries: [[shows.idMember, node], ...entries] }
}
