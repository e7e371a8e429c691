// thread: any
// Switches of routes as the admin port tells them and takes them: what may be set while the proxy runs, what holds, and who
// said so. Plain data, so that the dashboard can share the types.
import type { RoutePolicy, RouteSwitch, SwitchField } from './route-policy.js'

/** `default`: back to what the file or the settings say. What is not named stays as it is. */
export type SwitchChange = { readonly route: string } & {
  readonly [Field in SwitchField]?: RoutePolicy[Field] | 'default'
}

export type PolicyField = Exclude<keyof RoutePolicy, 'route'>

/** What holds on a route, and why. */
export interface PolicyValue {
  readonly value: string | number
  readonly from: 'switch' | 'routes file' | 'settings'
  /** Route of the switch or of the entry, or the name of the setting; '' where no setting says anything of it. */
  readonly by: string
}

export interface RouteSwitchStatus {
  /** `GET /users/{id}`, as in `GET /api/routes`; for what is asked in bodies the place where it is asked. */
  readonly route: string
  /** False: it is not known any more; its switch is still in force. */
  readonly isLearned: boolean
  /** What was set for it; null: nothing. */
  readonly switch: RouteSwitch | null
  /** In force for requests of the route in general; an entry of the file may speak of a single path of it. */
  readonly values: Readonly<Record<PolicyField, PolicyValue>>
}

export interface SwitchesReport {
  /** Those that were set. */
  readonly switches: readonly RouteSwitch[]
  /** Every route that can be switched, with what holds there. */
  readonly routes: readonly RouteSwitchStatus[]
  /** Learned routes that cannot be, and why. */
  readonly others: readonly { readonly route: string; readonly because: string }[]
}

/** Why nothing was changed. */
export interface SwitchRefusal {
  readonly refused:
    | 'malformed'
    | 'unknown-route'
    | 'no-path'
    | 'no-journal'
    | 'too-many'
    | 'not-written'
    | 'handing-over'
  /** What of the request is meant. */
  readonly field: string
  /** One sentence with the remedy. */
  readonly detail: string
}

/** Switches as a person handles them. Changes resolve when every edge follows them. */
export interface SwitchSources {
  /** Those that are set. */
  list(): readonly RouteSwitch[]
  report(): SwitchesReport
  /** Of a learned route; for what is asked in bodies, of the place where it is asked. Undefined: nothing can be switched there. */
  look(method: string, pattern: string): RouteSwitchStatus | undefined
  /** `text`: the body of the request. */
  set(text: string): Promise<RouteSwitchStatus | SwitchRefusal>
  /** Back to the file and the settings: what holds then. */
  clear(route: string): Promise<RouteSwitchStatus | SwitchRefusal>
  clearAll(): Promise<SwitchesReport | SwitchRefusal>
}
