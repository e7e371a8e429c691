// Recorded traffic that is sent again: begun, watched, and what came of it.
import { Link, useLocation, useSearch } from 'wouter'
import type { ReplayReport, ReplaySummary } from '../../../core/contract/replays.js'
import type { SettingsReport } from '../../../core/contract/status.js'
import { ask } from '../api.js'
import { count, moment } from '../format.js'
import { type Column, DataTable } from '../parts/data-table.js'
import { Page, Panel } from '../parts/page.js'
import { Empty, Failed, Told } from '../parts/states.js'
import { targetsIn } from '../replay-request.js'
import { saveFile } from '../save-file.js'
import { useAction } from '../use-action.js'
import { useQuery } from '../use-query.js'
import { useReplay } from '../use-replay.js'
import { useResource } from '../use-resource.js'
import { ReplayForm } from './replay-form.js'
import { chosenWords, outcomeOf, ReplayProgress, ReplayReportView } from './replay-report.js'

const columns: readonly Column<ReplaySummary>[] = [
  {
    name: 'Began',
    track: '10.5rem',
    cell: ({ id, beganAt }) => (
      <Link href={`/replays/${encodeURIComponent(id)}`} className="link font-medium">
        {moment(beganAt)}
      </Link>
    ),
  },
  {
    name: 'Came to',
    track: 'minmax(12rem, 1.2fr)',
    cell: replay => {
      const { tone, words } = outcomeOf(replay)
      return (
        <span className={tone} title={words}>
          {words}
        </span>
      )
    },
  },
  {
    name: 'Target',
    track: 'minmax(10rem, 0.8fr)',
    cell: ({ plan }) => (
      <span className="font-mono text-[0.8rem]" title={plan.target}>
        {plan.target}
      </span>
    ),
  },
  {
    name: 'Recordings',
    track: 'minmax(10rem, 1fr)',
    cell: replay => <span title={chosenWords(replay)}>{chosenWords(replay)}</span>,
  },
  { name: 'Sent', track: '4.5rem', right: true, cell: ({ totals }) => count(totals.sent) },
  { name: 'Different', track: '5rem', right: true, cell: ({ totals }) => count(totals.different) },
  { name: 'No answer', track: '5rem', right: true, cell: ({ totals }) => count(totals.failed) },
]

export function ReplaysPage() {
  const replays = useResource<{ replays: ReplaySummary[] }>('/api/replays', 1000)
  const running = replays.data?.replays.find(({ state }) => state !== 'ended')
  return (
    <Page
      title="Replays"
      lead="Recorded traffic is sent again, to another server, and its answers are held against those of then."
    >
      <div className="grid gap-4">
        {running !== undefined && (
          <Panel
            title={`Replay to ${running.plan.target}`}
            aside={
              <Link href={`/replays/${encodeURIComponent(running.id)}`} className="link text-sm">
                Watch it
              </Link>
            }
          >
            <ReplayProgress replay={running} />
          </Panel>
        )}
        <Begin />
        <Told from={replays} what="the replays">
          {({ replays: list }) =>
            list.length === 0 ? (
              <Empty title="There was no replay">
                What is begun is listed here until the proxy ends. The command line begins them, too: chaos-proxy
                replay.
              </Empty>
            ) : (
              <section className="panel p-4">
                <DataTable label="Replays" columns={columns} rows={list} keyOf={({ id }) => id} minWidth="66rem" />
              </section>
            )
          }
        </Told>
      </div>
    </Page>
  )
}

function Begin() {
  const search = useSearch()
  const [, navigate] = useLocation()
  const settings = useResource<SettingsReport>('/api/settings')
  return (
    <Panel title="Begin a replay">
      <Told from={settings} what="the targets">
        {({ settings: all }) => {
          const targets = targetsIn(all.find(({ name }) => name === 'CHAOS_REPLAY_TARGETS')?.value ?? '')
          return targets.length === 0 ? (
            <Empty title="No target is allowed">
              Recorded traffic goes only to servers that the proxy was told of when it was started, for example with
              CHAOS_REPLAY_TARGETS=http://staging:8080.
            </Empty>
          ) : (
            // What comes from another link is another form.
            <ReplayForm
              key={search}
              given={new URLSearchParams(search)}
              targets={targets}
              onBegun={({ id }) => navigate(`/replays/${encodeURIComponent(id)}`)}
            />
          )
        }}
      </Told>
    </Panel>
  )
}

export function ReplayPage({ id }: { id: string }) {
  const report = useReplay(id)
  const [route, setRoute] = useQuery('route')
  return (
    <Told from={report} what="the replay">
      {replay => (
        <Page
          title={`Replay to ${replay.plan.target}`}
          lead={`Began ${moment(replay.beganAt)}${replay.endedAt === null ? '' : `, ended ${moment(replay.endedAt)}`}.`}
          aside={
            <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
              <Steer replay={replay} reload={report.reload} />
              <a
                href={`/api/replays/${encodeURIComponent(id)}`}
                className="link text-sm"
                target="_blank"
                rel="noreferrer"
              >
                As a page to print
              </a>
              <button
                type="button"
                className="link text-sm"
                onClick={() => saveFile(`replay-${id}.json`, `${JSON.stringify(replay, undefined, 2)}\n`)}
              >
                As JSON
              </button>
              <Link href="/replays" className="link text-sm">
                All replays
              </Link>
            </div>
          }
        >
          <ReplayReportView report={replay} route={route} onRoute={setRoute} />
        </Page>
      )}
    </Told>
  )
}

/** Nothing when it has ended. */
function Steer({ replay: { id, state }, reload }: { replay: ReplayReport; reload: () => void }) {
  const { problem, act } = useAction()
  if (state === 'ended') return null
  const say = (what: 'pause' | 'resume' | 'stop'): void =>
    void act(async () => {
      await ask(`/api/replays/${encodeURIComponent(id)}/${what}`, { method: 'POST' })
      reload()
    })
  return (
    <>
      {state === 'running' && (
        <button type="button" className="button" onClick={() => say('pause')}>
          Pause
        </button>
      )}
      {state === 'paused' && (
        <button type="button" className="button" onClick={() => say('resume')}>
          Resume
        </button>
      )}
      <button type="button" className="button" onClick={() => say('stop')}>
        Stop
      </button>
      {problem !== undefined && <Failed problem={problem} />}
    </>
  )
}
