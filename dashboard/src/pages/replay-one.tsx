// One exchange, sent again to a target of the allow-list, and in what the answer differs now.
import { type FormEvent, useState } from 'react'
import { Link } from 'wouter'
import type { ToldExchange } from '../../../core/contract/history.js'
import type { ReplayReport } from '../../../core/contract/replays.js'
import type { SettingsReport } from '../../../core/contract/status.js'
import { ask } from '../api.js'
import { milliseconds } from '../format.js'
import { Panel } from '../parts/page.js'
import { Failed } from '../parts/states.js'
import { replayBody, targetsIn } from '../replay-request.js'
import { useAction } from '../use-action.js'
import { useReplay } from '../use-replay.js'
import { useResource } from '../use-resource.js'
import { DifferenceView, NotSent, outcomeOf } from './replay-report.js'

/** They change nothing (RFC 9110 §9.2.1); the proxy has the last word. */
const safe = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY']

export function ReplayOne({ told: { by, id, method, scope } }: { told: ToldExchange }) {
  const settings = useResource<SettingsReport>('/api/settings')
  const [begun, setBegun] = useState<string>()
  const [writes, setWrites] = useState(false)
  const { problem, act } = useAction()
  const report = useReplay(begun ?? null)
  const isSafe = safe.includes(method)
  const isRunning = begun !== undefined && report.data?.state !== 'ended'
  // What a ghost said is no answer to hold another one against.
  if (by !== 'upstream' || settings.data === undefined) return null
  const setting = settings.data.settings.find(({ name }) => name === 'CHAOS_REPLAY_TARGETS')
  const targets = targetsIn(setting?.value ?? '')
  const begin = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    const text = (name: string): string => String(fields.get(name) ?? '')
    setBegun(undefined)
    await act(async () => {
      const body = { ...replayBody(text), exchange: id }
      setBegun((await ask<ReplayReport>('/api/replays', { method: 'POST', body })).id)
    })
  }
  return (
    <Panel
      title="Replay it"
      aside={
        targets.length > 0 && (
          <Link href={`/replays?exchange=${encodeURIComponent(id)}`} className="link text-sm">
            With secrets, and more
          </Link>
        )
      }
    >
      {targets.length === 0 ? (
        <p className="text-sm text-muted">
          No target is allowed: the proxy is told of those that are when it starts, in CHAOS_REPLAY_TARGETS.
        </p>
      ) : (
        <form className="flex flex-wrap items-end gap-3" onSubmit={event => void begin(event)} aria-label="Replay it">
          <label className="grid min-w-0 flex-1 basis-40 gap-1">
            <span className="label">Target</span>
            <select className="field w-full" name="target">
              {targets.map(url => (
                <option key={url}>{url}</option>
              ))}
            </select>
          </label>
          {!isSafe && (
            <label className="flex basis-full items-baseline gap-2 text-sm">
              <input type="checkbox" name="writes" onChange={event => setWrites(event.target.checked)} />
              {method} may change what is at the target. Send it all the same.
            </label>
          )}
          <button type="submit" className="button" disabled={isRunning || (!isSafe && !writes)}>
            {isRunning ? 'Sending …' : 'Send it again'}
          </button>
        </form>
      )}
      {scope !== null && targets.length > 0 && (
        <p className="label mt-2">Its credentials are not kept: without secrets it is not sent.</p>
      )}
      <div className="mt-3 empty:hidden" aria-live="polite">
        {problem !== undefined && <Failed problem={problem} />}
        {report.data?.state === 'ended' && <Answer report={report.data} />}
        {report.data === undefined && report.problem !== undefined && <Failed problem={report.problem} />}
      </div>
    </Panel>
  )
}

function Answer({ report }: { report: ReplayReport }) {
  const { tone, words } = outcomeOf(report)
  const { differences, id, recorded, replayed, totals } = report
  return (
    <div className="grid gap-2" data-replayed={id}>
      <p className={`font-semibold ${tone}`}>{words}</p>
      {differences.map(one => (
        <DifferenceView key={one.exchange} difference={one} />
      ))}
      <NotSent report={report} />
      <p className="label">
        {totals.sent > totals.failed &&
          replayed.p50Ms !== null &&
          recorded.p50Ms !== null &&
          `It took ${milliseconds(replayed.p50Ms)}, and ${milliseconds(recorded.p50Ms)} when it was recorded. `}
        <Link href={`/replays/${encodeURIComponent(id)}`} className="link">
          The whole report
        </Link>
      </p>
    </div>
  )
}
