// thread: main
// A change of a switch as a person sends it, and switches as the data folder keeps them: checked as a whole, or the first thing
// that is wrong. Pure.
import { givenAt } from '../config/routes-file.js'
import { routeSwitches, switchChange } from '../config/setting-types.js'
import type { RouteSwitch } from '../contract/route-policy.js'
import type { SwitchChange, SwitchRefusal } from '../contract/route-switches.js'

const MAX_SHOWN = 100

export function readSwitchChange(text: string): SwitchChange | SwitchRefusal {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return malformed('body', `the body is no JSON; ${FORM}`)
  }
  const read = switchChange.safeParse(json)
  if (read.success) return read.data
  const issue = read.error.issues[0]!
  if (issue.code === 'unrecognized_keys') {
    const name = issue.keys[0]!.slice(0, MAX_SHOWN)
    return malformed(name, `«${name}» is no member of a switch; ${FORM}`)
  }
  const [member] = issue.path
  if (member === undefined) return malformed('body', FORM)
  return malformed(String(member), `${String(member)} ${issue.message}${givenAt(json, issue.path).slice(0, MAX_SHOWN)}`)
}

function malformed(field: string, detail: string): SwitchRefusal {
  return { refused: 'malformed', field, detail }
}

const FORM = 'it must be an object such as {"route": "GET /users/{id}", "ghost": "off"}'

/** Throws where they are none. */
export function readSwitches(value: unknown): readonly RouteSwitch[] {
  const read = routeSwitches.safeParse(value)
  if (read.success) return read.data
  const { path, message } = read.error.issues[0]!
  throw new Error(`${path.join('.')} ${message}`)
}
