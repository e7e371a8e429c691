// What is to be sent again, where to and how: all that POST /api/replays takes. What it refuses is said at the field that it names.
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import type { LessonRoute } from '../../../core/contract/lesson.js'
import type { ReplayReport } from '../../../core/contract/replays.js'
import { ask, Problem } from '../api.js'
import { CheckField, ChoiceField, FilesField, LinesField, TextField } from '../parts/fields.js'
import { Failed } from '../parts/states.js'
import { replayBody } from '../replay-request.js'
import { useAction } from '../use-action.js'
import { useResource } from '../use-resource.js'

const times = ['15m', '1h', '6h', '24h', '7d'] as const
const statuses = ['2xx', '3xx', '4xx', '5xx', '404', '503'] as const
const paces = [
  ['original', 'as it came'],
  ['rate', 'at a fixed rate'],
  ['fast', 'as fast as it goes'],
] as const
const sources = [
  ['history', 'what was recorded'],
  ['har', 'HAR files'],
] as const

/** `given`: what stands in the URL, by the names of the API. */
export function ReplayForm({
  given,
  targets,
  onBegun,
}: {
  given: URLSearchParams
  targets: readonly string[]
  onBegun: (replay: ReplayReport) => void
}) {
  const form = useRef<HTMLFormElement>(null)
  const routes = useResource<{ routes: LessonRoute[] }>('/api/routes')
  const value = (name: string): string => given.get(name) ?? ''
  const exchange = value('exchange')
  const [source, setSource] = useState(value('source') === 'har' ? 'har' : 'history')
  const [pace, setPace] = useState(value('pace') || 'original')
  const [writes, setWrites] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const { problem, act } = useAction()
  const control = (name: string): HTMLElement | undefined => {
    const found = form.current?.elements.namedItem(name)
    return found instanceof HTMLElement ? found : undefined
  }
  useEffect(() => {
    const wrong = form.current?.elements.namedItem(problem?.field ?? '')
    if (!(wrong instanceof HTMLElement)) return
    const drawer = wrong.closest('details')
    if (drawer !== null) drawer.open = true
    wrong.focus()
  }, [problem])
  const at = (name: string): { name: string; problem: string | undefined } => ({
    name,
    problem: problem?.field === name ? problem.detail : undefined,
  })
  const begin = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    const files = fields.getAll('har').filter(one => one instanceof File && one.size > 0) as File[]
    const text = (name: string): string => {
      const one = fields.get(name)
      return typeof one === 'string' ? one.trim() : ''
    }
    setBusy(true)
    await act(async () => {
      if (source === 'har' && files.length === 0) throw new Problem(0, 'No file', 'choose a HAR file to send', 'har')
      const begun = await ask<ReplayReport>('/api/replays', { method: 'POST', body: replayBody(text) })
      if (source === 'har') await fill(begun.id, files)
      onBegun(begun)
    })
    setBusy(false)
  }
  const addRoute = (route: string): void => {
    const area = control('routes')
    if (area instanceof HTMLTextAreaElement && route !== '') area.value = `${area.value.trim()}\n${route}`.trim()
  }
  return (
    <form
      ref={form}
      className="grid gap-4"
      aria-label="Begin a replay"
      onSubmit={event => void begin(event)}
      noValidate
    >
      {problem !== undefined && control(problem.field) === undefined && <Failed problem={problem} />}
      <div className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
        <TextField
          {...at('target')}
          className="sm:col-span-2"
          label="Target"
          value={value('target') || (targets[0] ?? '')}
          suggestions={targets}
          hint="one of CHAOS_REPLAY_TARGETS, or a path below it"
        />
        {exchange === '' ? (
          <ChoiceField {...at('source')} label="Send" value={source} choices={sources} onChange={setSource} />
        ) : (
          <TextField
            {...at('exchange')}
            className="sm:col-span-2"
            label="Exchange"
            value={exchange}
            hint={
              <>
                this one alone;{' '}
                <Link href="/replays" className="link">
                  choose many
                </Link>
              </>
            }
          />
        )}
        {source === 'har' && <FilesField {...at('har')} label="Files" accept=".har,.json,application/json" />}
      </div>
      {exchange === '' && (
        <fieldset className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
          <legend className="mb-2 text-sm font-semibold">Of these, which</legend>
          {source === 'history' && (
            <>
              <TextField {...at('from')} label="From" value={value('from')} placeholder="1h" suggestions={times} />
              <TextField {...at('to')} label="To" value={value('to')} placeholder="now" suggestions={times} />
            </>
          )}
          <TextField
            {...at('status')}
            label="Status"
            value={value('status')}
            placeholder="any; 5xx, 404, 400-499"
            suggestions={statuses}
          />
          <TextField {...at('methods')} label="Methods" value={value('methods')} placeholder="any; GET, HEAD" />
          <div className="grid content-start gap-1 sm:col-span-2">
            <LinesField
              {...at('routes')}
              label="Routes, one a line"
              value={given.getAll('routes').join('\n')}
              placeholder="any; GET /users/{id}"
            />
            <select
              className="field w-full"
              aria-label="Add a learned route"
              value=""
              onChange={event => addRoute(event.target.value)}
            >
              <option value="">add a learned route …</option>
              {routes.data?.routes.map(({ id, method, pattern }) => (
                <option key={id}>{`${method} ${pattern}`}</option>
              ))}
            </select>
          </div>
          <TextField {...at('scope')} label="Whose" value={value('scope')} placeholder="any; hash of credentials" />
          <TextField {...at('sample')} label="Share of them, 0–1" value={value('sample')} placeholder="1" isNumber />
          <TextField {...at('limit')} label="At most" value={value('limit')} placeholder="10000" isNumber />
        </fieldset>
      )}
      <fieldset className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
        <legend className="mb-2 text-sm font-semibold">How</legend>
        <ChoiceField {...at('pace')} label="Pace" value={pace} choices={paces} onChange={setPace} />
        {pace === 'original' && (
          <TextField {...at('speed')} label="Times faster" value={value('speed')} placeholder="1" isNumber />
        )}
        {pace === 'rate' && (
          <TextField {...at('perSecond')} label="Requests a second" value={value('perSecond')} isNumber />
        )}
        <TextField {...at('connections')} label="Connections" value={value('connections')} placeholder="16" isNumber />
        <CheckField
          {...at('writes')}
          className="sm:col-span-2 lg:col-span-4"
          label="Send writes, too: POST, PUT, PATCH, DELETE"
          hint="They change what is at the target. Unless this is said, only methods that are safe are sent."
          isOn={writes}
          onChange={setWrites}
        />
      </fieldset>
      <details>
        <summary className="text-sm font-semibold">Secrets, and what is compared</summary>
        <div className="mt-3 grid gap-3 lg:grid-cols-2">
          <LinesField
            {...at('secrets')}
            label="Secrets, as JSON"
            value=""
            placeholder={'{"scopes": {"*": {"authorization": "Bearer …"}}, "values": {}}'}
            hint="In the place of what was redacted. They stay in the memory of this replay, in no log and no report."
          />
          <LinesField
            {...at('ignored')}
            label="Not compared, one place a line"
            value={given.getAll('ignored').join('\n')}
            placeholder={'/items/~/fetchedAt\n:x-request-id'}
          />
          <TextField
            {...at('compareFields')}
            label="Response fields compared beside the usual ones"
            value={value('compareFields')}
            placeholder="x-total-count"
          />
          <div className="grid grid-cols-2 gap-3">
            <TextField
              {...at('timeoutMs')}
              label="Longest wait, ms"
              value={value('timeoutMs')}
              placeholder="10000"
              isNumber
            />
            {exchange === '' && <TextField {...at('seed')} label="Seed of the share" value={value('seed')} isNumber />}
          </div>
        </div>
      </details>
      <button type="submit" className="button button-strong justify-self-start" disabled={isBusy}>
        {isBusy ? 'Beginning …' : writes ? 'Begin, with writes' : 'Begin'}
      </button>
    </form>
  )
}

/** Half of the files are not replayed, and must not stand in the way of the next one. */
async function fill(id: string, files: readonly File[]): Promise<void> {
  const path = `/api/replays/${encodeURIComponent(id)}`
  try {
    for (const file of files) await ask(`${path}/har`, { method: 'POST', file })
    await ask(`${path}/resume`, { method: 'POST' })
  } catch (error) {
    await ask(`${path}/stop`, { method: 'POST' }).catch(() => {})
    throw error instanceof Problem ? new Problem(error.status, error.title, error.detail, 'har') : error
  }
}
