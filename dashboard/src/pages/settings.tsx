// What is in force, and who said so. Nothing can be changed here.
import { useMemo } from 'react'
import type { SettingStatus, SettingsReport } from '../../../core/contract/status.js'
import { ask } from '../api.js'
import { plural } from '../format.js'
import { Page, Panel } from '../parts/page.js'
import { Empty, Told } from '../parts/states.js'
import { refuse } from '../session.js'
import { useAction } from '../use-action.js'
import { useQuery } from '../use-query.js'
import { useResource } from '../use-resource.js'

export function SettingsPage() {
  const report = useResource<SettingsReport>('/api/settings')
  const [filter, setFilter] = useQuery('q')
  const [only, setOnly] = useQuery('only')
  return (
    <Page
      title="Settings"
      lead="In force since the process started. Secrets are masked; a change needs the environment or the command line, and a restart."
      aside={
        <div className="flex flex-wrap items-center gap-3">
          <label className="flex items-center gap-2 text-sm">
            <input
              type="checkbox"
              checked={only === 'given'}
              onChange={event => setOnly(event.target.checked ? 'given' : '')}
            />
            only what was set
          </label>
          <input
            type="search"
            className="field w-56"
            placeholder="Filter"
            aria-label="Filter settings"
            value={filter}
            onChange={event => setFilter(event.target.value)}
          />
          <LogOut />
        </div>
      }
    >
      <Told from={report} what="the settings">
        {({ settings, routePolicies }) => (
          <div className="grid gap-4">
            <List settings={settings} filter={filter} isGivenOnly={only === 'given'} />
            <Panel
              title="Policies of routes"
              aside={
                <span className="text-sm text-muted">
                  CHAOS_ROUTES_FILE · {plural(routePolicies.length, 'entry', 'entries')}
                </span>
              }
            >
              {routePolicies.length === 0 ? (
                <Empty title="All routes are treated alike" />
              ) : (
                <ul className="divide-y divide-line/60 text-sm">
                  {routePolicies.map(({ route, ...rest }) => (
                    <li key={route} className="flex flex-wrap gap-x-4 py-2">
                      <code className="font-mono font-semibold">{route}</code>
                      <span className="text-muted">
                        {Object.entries(rest)
                          .filter(([, value]) => value !== undefined)
                          .map(([name, value]) => `${name} ${value}`)
                          .join(' · ')}
                      </span>
                    </li>
                  ))}
                </ul>
              )}
            </Panel>
          </div>
        )}
      </Told>
    </Page>
  )
}

/** Nothing where nobody has to log in. */
function LogOut() {
  const session = useResource<{ readonly role: string; readonly via: string }>('/api/session')
  const { act } = useAction()
  if (session.data?.via !== 'session') return null
  return (
    <button
      type="button"
      className="button"
      onClick={() =>
        void act(async () => {
          await ask('/api/session', { method: 'DELETE' })
          refuse()
        })
      }
    >
      Log out ({session.data.role})
    </button>
  )
}

function List({
  settings,
  filter,
  isGivenOnly,
}: {
  settings: readonly SettingStatus[]
  filter: string
  isGivenOnly: boolean
}) {
  const shown = useMemo(
    () =>
      settings.filter(
        ({ name, doc, value, origin }) =>
          (!isGivenOnly || origin !== 'default') &&
          `${name} ${doc} ${value}`.toLowerCase().includes(filter.toLowerCase()),
      ),
    [settings, filter, isGivenOnly],
  )
  if (shown.length === 0) return <Empty title="No setting fits" />
  return (
    <section
      className="panel overflow-x-auto px-4 py-2"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
      tabIndex={0}
      aria-label="Settings"
    >
      <table className="w-full min-w-[44rem] text-left text-sm">
        <thead>
          <tr className="border-b border-line">
            <th scope="col" className="label py-2 pr-4 font-normal">
              Setting
            </th>
            <th scope="col" className="label py-2 pr-4 font-normal">
              Value
            </th>
            <th scope="col" className="label py-2 pr-4 font-normal">
              From
            </th>
            <th scope="col" className="label py-2 font-normal">
              Meaning
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ name, value, origin, doc, range }) => (
            <tr key={name} className="border-b border-line/60 align-top last:border-0">
              <th scope="row" className="py-2 pr-4 font-mono text-[0.8rem] font-semibold whitespace-nowrap">
                {name}
              </th>
              <td className="min-w-56 max-w-96 py-2 pr-4 font-mono text-[0.8rem] break-all">
                {value === '' ? <span className="text-muted">not set</span> : value}
              </td>
              <td className={`py-2 pr-4 whitespace-nowrap ${origin === 'default' ? 'text-muted' : 'font-medium'}`}>
                {origin}
              </td>
              <td className="py-2 text-muted" title={range}>
                {doc}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
