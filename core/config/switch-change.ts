// thread: main
// A change of a switch as a person sends it, and switches as the data folder keeps them: checked as a whole, or the first thing
// that is wrong. Pure.
import type { RouteSwitch } from '../contract/route-policy.js'
import type { SwitchChange } from '../contract/route-switches.js'
import { givenAt } from './routes-file.js'
import { routeSwitches, switchChange } from './setting-types.js'

export type ReadSwitchChange =
  | { readonly ok: true; readonly change: SwitchChange }
  | { readonly ok: false; readonly field: string; readonly detail: string }

const MAX_SHOWN = 100

export function readSwitchChange(text: string): ReadSwitchChange {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { ok: false, field: 'body', detail: `the body is no JSON; ${FORM}` }
  }
  const read = switchChange.safeParse(json)
  if (read.success) return { ok: true, change: read.data }
  const issue = read.error.issues[0]!
  if (issue.code === 'unrecognized_keys') {
    const name = issue.keys[0]!.slice(0, MAX_SHOWN)
    return { ok: false, field: name, detail: `«${name}» is no member of a switch; ${FORM}` }
  }
  const [member] = issue.path
  if (member === undefined) return { ok: false, field: 'body', detail: FORM }
  return {
    ok: false,
    field: String(member),
    detail: `${String(member)} ${issue.message}${givenAt(json, issue.path).slice(0, MAX_SHOWN)}`,
  }
}

const FORM = 'it must be an object such as {"route": "GET /users/{id}", "ghost": "off"}'

/** Throws where they are none. */
export function readSwitches(value: unknown): readonly RouteSwitch[] {
  const read = routeSwitches.safeParse(value)
  if (read.success) return read.data
  const { path, message } = read.error.issues[0]!
  throw new Error(`${path.join('.')} ${message}`)
}
