// Fields of a form, each with its name, what it takes, and what is wrong with it right below.
import { type ReactNode, useId } from 'react'

export interface FieldText {
  /** As the API calls it. */
  readonly name: string
  readonly label: string
  readonly hint?: ReactNode
  /** What the API says of it; undefined: nothing. */
  readonly problem?: string | undefined
  readonly className?: string
}

/** What a control needs so that its problem is read out with it. */
interface Said {
  readonly name: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': true | undefined
}

function Field({
  name,
  label,
  hint,
  problem,
  className = '',
  children,
}: FieldText & { children: (said: Said) => ReactNode }) {
  const id = useId()
  const notes = [hint === undefined ? '' : `${id}-hint`, problem === undefined ? '' : `${id}-problem`]
  const said: Said = {
    name,
    'aria-describedby': notes.filter(Boolean).join(' ') || undefined,
    'aria-invalid': problem === undefined ? undefined : true,
  }
  return (
    <div className={`min-w-0 content-start ${className}`} data-field={name}>
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children, and so within the label */}
      <label className="grid gap-1">
        <span className="label">{label}</span>
        {children(said)}
      </label>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="label mt-1">
          {hint}
        </p>
      )}
      {problem !== undefined && (
        <p id={`${id}-problem`} role="alert" className="mt-1 text-sm break-words text-fail">
          {problem}
        </p>
      )}
    </div>
  )
}

export function TextField({
  value,
  placeholder,
  suggestions,
  isNumber = false,
  ...text
}: FieldText & {
  value: string
  placeholder?: string
  /** Others may be written as well. */
  suggestions?: readonly string[]
  isNumber?: boolean
}) {
  const list = useId()
  return (
    <Field {...text}>
      {said => (
        <>
          <input
            {...said}
            className="field w-full"
            defaultValue={value}
            placeholder={placeholder}
            list={suggestions === undefined ? undefined : list}
            inputMode={isNumber ? 'decimal' : undefined}
            autoComplete="off"
            spellCheck={false}
          />
          {suggestions !== undefined && (
            <datalist id={list}>
              {suggestions.map(one => (
                <option key={one} value={one} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Field>
  )
}

export function LinesField({ value, placeholder, ...text }: FieldText & { value: string; placeholder?: string }) {
  return (
    <Field {...text}>
      {said => (
        <textarea
          {...said}
          className="field min-h-16 w-full font-mono text-[0.8rem]"
          defaultValue={value}
          placeholder={placeholder}
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </Field>
  )
}

export function ChoiceField({
  value,
  choices,
  onChange,
  ...text
}: FieldText & {
  value: string
  choices: readonly (readonly [value: string, label: string])[]
  onChange?: (value: string) => void
}) {
  return (
    <Field {...text}>
      {said => (
        <select
          {...said}
          className="field w-full"
          defaultValue={value}
          onChange={event => onChange?.(event.target.value)}
        >
          {choices.map(([one, name]) => (
            <option key={one} value={one}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

export function FilesField({ accept, ...text }: FieldText & { accept: string }) {
  return (
    <Field {...text}>{said => <input {...said} type="file" multiple accept={accept} className="field w-full" />}</Field>
  )
}

export function CheckField({
  name,
  label,
  hint,
  problem,
  isOn,
  onChange,
  className = '',
}: FieldText & { isOn: boolean; onChange?: (isOn: boolean) => void }) {
  const id = useId()
  return (
    <div className={`min-w-0 ${className}`} data-field={name}>
      <label className="flex items-baseline gap-2 text-sm">
        <input
          type="checkbox"
          name={name}
          defaultChecked={isOn}
          onChange={event => onChange?.(event.target.checked)}
          aria-describedby={hint === undefined && problem === undefined ? undefined : `${id}-note`}
          aria-invalid={problem === undefined ? undefined : true}
        />
        <span>{label}</span>
      </label>
      {(hint !== undefined || problem !== undefined) && (
        <div id={`${id}-note`}>
          {hint !== undefined && <p className="label mt-1">{hint}</p>}
          {problem !== undefined && (
            <p role="alert" className="mt-1 text-sm break-words text-fail">
              {problem}
            </p>
          )}
        </div>
      )}
    </div>
  )
}
