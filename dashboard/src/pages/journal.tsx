// Writes that were accepted while the upstream could not take them.
import { useState } from 'react'
import type { JournalEntryStatus, JournalPage as JournalList, JournalState } from '../../../core/contract/journal.js'
import type { ProxyStatus } from '../../../core/contract/status.js'
import { ask } from '../api.js'
import { bytes, count, moment } from '../format.js'
import { Bar } from '../parts/marks.js'
import { Facts, Page } from '../parts/page.js'
import { Empty, Failed, Told } from '../parts/states.js'
import { useAction } from '../use-action.js'
import { useQuery } from '../use-query.js'
import { useResource } from '../use-resource.js'

const states = ['pending', 'sending', 'parked', 'done', 'discarded'] as const satisfies readonly JournalState[]
const tones: Readonly<Record<JournalState, string>> = {
  pending: 'text-warn',
  sending: 'text-query',
  parked: 'text-fail',
  done: 'text-live',
  discarded: 'text-muted',
}
const LIMIT = 200

export function JournalPage() {
  const [state, setState] = useQuery('state')
  const [after, setAfter] = useQuery('after')
  const query = new URLSearchParams({
    limit: String(LIMIT),
    ...(state === '' ? {} : { state }),
    ...(after === '' ? {} : { after }),
  })
  const list = useResource<JournalList>(`/api/journal?${query}`, 3000)
  const status = useResource<ProxyStatus>('/api/status')
  const isOff = status.data?.journal === 'off'
  return (
    <Page
      title="Journal"
      lead="Writes that were accepted while the upstream could not take them, oldest first. Neither fields nor bodies are shown."
    >
      <Told from={list} what="the journal">
        {({ counts, bytes: used, maxBytes, entries, next }) => {
          const total = states.reduce((sum, name) => sum + counts[name], 0)
          return (
            <div className="grid gap-4">
              <section className="panel flex flex-wrap items-center justify-between gap-4 p-4">
                <fieldset className="flex flex-wrap gap-1" aria-label="State">
                  {['', ...states].map(name => (
                    <button
                      key={name}
                      type="button"
                      aria-pressed={name === state}
                      onClick={() => {
                        setAfter('')
                        setState(name)
                      }}
                      className={`rounded-md px-3 py-1.5 text-sm font-medium ${name === state ? 'bg-ink text-bg' : 'hover:bg-raised'}`}
                    >
                      {name === '' ? 'all' : name} {count(name === '' ? total : counts[name as JournalState])}
                    </button>
                  ))}
                </fieldset>
                {maxBytes > 0 && (
                  <div className="w-52">
                    <Bar share={used / maxBytes} tone={used > maxBytes * 0.8 ? 'bg-fail' : 'bg-ink'} />
                    <p className="label mt-1">
                      {bytes(used)} of {bytes(maxBytes)}
                    </p>
                  </div>
                )}
              </section>
              {entries.length === 0 ? (
                <Empty title={isOff ? 'Writes are refused in an outage' : 'There is no such write'}>
                  {isOff
                    ? 'With CHAOS_GHOST_WRITES=journal they are kept and sent when the upstream is back.'
                    : 'Writes that come during an outage are kept here until they are sent.'}
                </Empty>
              ) : (
                <ul className="panel divide-y divide-line/60">
                  {entries.map(entry => (
                    <Entry key={entry.id} entry={entry} reload={list.reload} />
                  ))}
                </ul>
              )}
              {(next !== null || after !== '') && (
                <div className="flex gap-2">
                  {after !== '' && (
                    <button type="button" className="button" onClick={() => setAfter('')}>
                      From the beginning
                    </button>
                  )}
                  {next !== null && (
                    <button type="button" className="button" onClick={() => setAfter(String(next))}>
                      Later ones
                    </button>
                  )}
                </div>
              )}
            </div>
          )
        }}
      </Told>
    </Page>
  )
}

function Entry({ entry, reload }: { entry: JournalEntryStatus; reload: () => void }) {
  const [sure, setSure] = useState(false)
  const { problem, act } = useAction()
  const decide = async (what: 'retry' | 'discard'): Promise<void> => {
    await act(async () => {
      await ask(`/api/journal/${encodeURIComponent(entry.id)}/${what}`, { method: 'POST' })
      reload()
    })
    setSure(false)
  }
  return (
    <li className="px-4 py-2.5">
      <details>
        <summary className="flex flex-wrap items-baseline gap-x-4 gap-y-1 text-sm">
          <span className={`w-20 font-semibold ${tones[entry.state]}`}>{entry.state}</span>
          <span className="min-w-0 flex-1 font-mono text-[0.8rem] break-all">
            {entry.method} {entry.path}
          </span>
          <span className="text-muted">{moment(entry.acceptedAt)}</span>
        </summary>
        <div className="mt-3 border-t border-line/60 pt-3">
          <Facts
            of={[
              [
                'Id',
                <code key="id" className="font-mono">
                  {entry.id}
                </code>,
              ],
              ['Because', entry.because || '–'],
              ['In this state since', moment(entry.since)],
              ['Tries', count(entry.attempts)],
              ['The upstream may have seen it', entry.maybeSeen ? 'yes' : 'no'],
              ['On the disk', bytes(entry.bytes)],
            ]}
          />
          {entry.answer !== null && (
            <div className="mt-3">
              <p className="label">
                The upstream answered {entry.answer.status} {entry.answer.contentType}
              </p>
              <pre className="mt-1 max-h-60 overflow-auto rounded-md bg-raised p-3 font-mono text-xs whitespace-pre-wrap">
                {entry.answer.body || '(no body)'}
              </pre>
            </div>
          )}
        </div>
      </details>
      {entry.state === 'parked' && (
        <div className="mt-3 flex flex-wrap items-center gap-2">
          {sure ? (
            <>
              <span className="text-sm">Its client was told that it is accepted. Give it up?</span>
              <button type="button" className="button button-strong" onClick={() => void decide('discard')}>
                Yes, discard it
              </button>
              <button type="button" className="button" onClick={() => setSure(false)}>
                No
              </button>
            </>
          ) : (
            <>
              <button type="button" className="button" onClick={() => void decide('retry')}>
                Try again
              </button>
              <button type="button" className="button" onClick={() => setSure(true)}>
                Discard …
              </button>
            </>
          )}
        </div>
      )}
      {problem !== undefined && <Failed problem={problem} />}
    </li>
  )
}
