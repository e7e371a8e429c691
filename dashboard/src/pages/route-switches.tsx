// What is otherwise on one route, who said so, and the switches by which a person changes it. What stands there is what the proxy
// says: nothing is shown as changed before it has answered.
import { type FormEvent, useEffect, useId, useState } from 'react'
import type { SwitchField } from '../../../core/contract/route-policy.js'
import type { PolicyField, PolicyValue, RouteSwitchStatus } from '../../../core/contract/route-switches.js'
import { ask } from '../api.js'
import { Facts, Panel } from '../parts/page.js'
import { Failed } from '../parts/states.js'
import { useAction } from '../use-action.js'

interface Choice {
  readonly field: SwitchField
  readonly name: string
  readonly meaning: string
  readonly options: readonly (readonly [value: string, name: string])[]
}

interface Quantity {
  readonly field: SwitchField
  readonly name: string
  readonly meaning: string
  readonly max: number | undefined
  readonly step: number
}

const switches: readonly (Choice | Quantity)[] = [
  {
    field: 'ghost',
    name: 'Ghosts',
    meaning: 'whether ghosts answer here where the upstream fails',
    options: [
      ['auto', 'on'],
      ['off', 'off'],
    ],
  },
  {
    field: 'minConfidence',
    name: 'Least confidence',
    meaning: '0 to 1; below it a ghost stays silent',
    max: 1,
    step: 0.01,
  },
  { field: 'maxAgeS', name: 'Greatest age, s', meaning: 'of what a ghost knows; 0 for any', max: undefined, step: 1 },
  {
    field: 'hedgeMs',
    name: 'Hedge after, ms',
    meaning: 'a ghost answers where the upstream is slower; 0 for never',
    max: 60_000,
    step: 1,
  },
  {
    field: 'writes',
    name: 'Writes in an outage',
    meaning: 'refused, or kept and sent later',
    options: [
      ['refuse', 'refused'],
      ['journal', 'journalled'],
    ],
  },
  {
    field: 'sharing',
    name: 'Sharing',
    meaning: 'whom an answer may be given to that says it is public; all others have one owner in any case',
    options: [
      ['public', 'everybody'],
      ['own', 'whom it was given to'],
    ],
  },
]

/** Only the file can say these. */
const others = {
  slowMs: 'Slow after, ms',
  answer: 'Journalled creations answer',
  preconditions: 'Journalled writes check',
} as const satisfies Partial<Record<PolicyField, string>>

export function RouteSwitchesPanel({
  route,
  policy,
  reload,
}: {
  /** `GET /users/{id}` */
  route: string
  policy: RouteSwitchStatus | null
  reload: () => void
}) {
  // The answer to a change is newer than what was asked for before it.
  const [answered, setAnswered] = useState<RouteSwitchStatus>()
  const [isBusy, setBusy] = useState(false)
  const { problem, act } = useAction()
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is told now is newer than the answer.
  useEffect(() => setAnswered(undefined), [policy])
  const shown = answered ?? policy
  if (shown === null)
    return (
      <Panel title="Switches" className="lg:col-span-2">
        <p className="text-sm text-muted">
          It cannot be switched: its path has characters that no switch can name. It is as CHAOS_ROUTES_FILE and the
          settings say.
        </p>
      </Panel>
    )
  const change = async (doing: () => Promise<RouteSwitchStatus>): Promise<void> => {
    setBusy(true)
    await act(async () => {
      setAnswered(await doing())
      reload()
    })
    setBusy(false)
  }
  const set = (field: SwitchField, value: string | number): void =>
    void change(() => ask('/api/switches', { method: 'PUT', body: { route: shown.route, [field]: value } }))
  return (
    <Panel
      title="Switches"
      className="lg:col-span-2"
      aside={
        shown.switch === null ? undefined : (
          <button
            type="button"
            className="button"
            disabled={isBusy}
            onClick={() =>
              void change(() => ask(`/api/switches/${encodeURIComponent(shown.route)}`, { method: 'DELETE' }))
            }
          >
            All back to default
          </button>
        )
      }
    >
      {shown.route !== route && (
        <p className="mb-3 max-w-prose text-sm text-muted">
          What is asked here stands in the body. A switch goes by method and path: it holds for all that is asked at{' '}
          <code className="font-mono">{shown.route}</code>.
        </p>
      )}
      <div data-switches aria-busy={isBusy} className="divide-y divide-line/60">
        {switches.map(one => (
          <Row
            key={one.field}
            of={one}
            value={shown.values[one.field]}
            isSet={shown.switch?.[one.field] !== undefined}
            isBusy={isBusy}
            onSet={value => set(one.field, value)}
          />
        ))}
      </div>
      {problem !== undefined && (
        <div className="mt-3">
          <Failed problem={problem} />
        </div>
      )}
      <div className="mt-4 border-t border-line pt-3">
        <Facts
          of={Object.entries(others).map(([field, name]) => {
            const value = shown.values[field as keyof typeof others]
            return [name, `${value.value} · ${originOf(value)}`]
          })}
        />
        <p className="label mt-3 max-w-prose">
          Switches hold at once, for this instance, and are kept when it restarts. These three are set in
          CHAOS_ROUTES_FILE, which is read anew on SIGHUP.
        </p>
      </div>
    </Panel>
  )
}

function Row({
  of,
  value,
  isSet,
  isBusy,
  onSet,
}: {
  of: Choice | Quantity
  value: PolicyValue
  isSet: boolean
  isBusy: boolean
  onSet: (value: string | number) => void
}) {
  const id = useId()
  return (
    <div className="grid gap-x-6 gap-y-2 py-3 sm:grid-cols-[minmax(0,1fr)_17rem] sm:items-center">
      <div className="min-w-0">
        <label htmlFor={id} className="font-medium">
          {of.name}
        </label>
        <p id={`${id}-says`} className="text-sm text-muted">
          {of.meaning}
        </p>
        <p data-origin={value.from} className={`text-sm ${value.from === 'switch' ? 'font-medium' : 'text-muted'}`}>
          {originOf(value)}
        </p>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        {'options' in of ? (
          <select
            id={id}
            name={of.field}
            aria-describedby={`${id}-says`}
            className="field"
            disabled={isBusy}
            value={value.value}
            onChange={event => onSet(event.target.value)}
          >
            {of.options.map(([option, name]) => (
              <option key={option} value={option}>
                {name}
              </option>
            ))}
            {!of.options.some(([option]) => option === value.value) && (
              <option value={value.value}>{value.value}</option>
            )}
          </select>
        ) : (
          <Amount key={value.value} id={id} of={of} value={value.value} isBusy={isBusy} onSet={onSet} />
        )}
        {isSet && (
          <button
            type="button"
            className="button"
            disabled={isBusy}
            aria-label={`${of.name}: back to default`}
            onClick={() => onSet('default')}
          >
            Back to default
          </button>
        )}
      </div>
    </div>
  )
}

function Amount({
  id,
  of,
  value,
  isBusy,
  onSet,
}: {
  id: string
  of: Quantity
  value: string | number
  isBusy: boolean
  onSet: (value: number) => void
}) {
  const [draft, setDraft] = useState(String(value))
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    onSet(Number(draft))
  }
  return (
    <form className="flex items-center gap-2" onSubmit={submit}>
      <input
        id={id}
        name={of.field}
        aria-describedby={`${id}-says`}
        className="field w-28"
        type="number"
        min={0}
        max={of.max}
        step={of.step}
        required
        disabled={isBusy}
        value={draft}
        onChange={event => setDraft(event.target.value)}
      />
      {draft !== String(value) && (
        <button type="submit" className="button button-strong" disabled={isBusy} aria-label={`Set: ${of.name}`}>
          Set
        </button>
      )}
    </form>
  )
}

/** Who said it. */
function originOf({ from, by }: PolicyValue): string {
  switch (from) {
    case 'switch':
      return `by the switch of ${by}`
    case 'routes file':
      return `by the entry ${by} of CHAOS_ROUTES_FILE`
    default:
      return by === '' ? 'as everywhere' : `by ${by}, as everywhere`
  }
}
