// How readiness was over time, as the history noted it.
import { useMemo, useState } from 'react'
import type { ReadinessPoint } from '../../../core/contract/history.js'
import { moment, percent } from '../format.js'
import { Chart, type ChartData, type Line } from '../parts/chart.js'
import { Panel } from '../parts/page.js'
import { Told } from '../parts/states.js'
import { useResource } from '../use-resource.js'

const spans = [
  ['1h', 'Hour'],
  ['24h', 'Day'],
  ['7d', 'Week'],
] as const
const lines: readonly Line[] = [
  { name: 'all', colour: 'live', fill: true },
  { name: 'asked before', colour: 'exact', dash: [6, 4] },
  { name: 'never asked before', colour: 'query', dash: [2, 3] },
]
const say = (value: number): string => percent(value, 1)

export function ReadinessHistory() {
  const [span, setSpan] = useState<string>('1h')
  const history = useResource<{ points: ReadinessPoint[] }>(`/api/history/readiness?from=${span}&points=240`, 30_000)
  return (
    <Panel
      title="Readiness over time"
      aside={
        <fieldset className="flex gap-1" aria-label="Time that is shown">
          {spans.map(([value, name]) => (
            <button
              key={value}
              type="button"
              aria-pressed={value === span}
              onClick={() => setSpan(value)}
              className={`rounded-md px-3 py-1 text-sm font-medium ${value === span ? 'bg-ink text-bg' : 'hover:bg-raised'}`}
            >
              {name}
            </button>
          ))}
        </fieldset>
      }
    >
      <Told from={history} what="the history of readiness">
        {({ points }) => <Points points={points} />}
      </Told>
    </Panel>
  )
}

function Points({ points }: { points: readonly ReadinessPoint[] }) {
  const data = useMemo(
    (): ChartData => [
      points.map(({ at }) => Date.parse(at) / 1000),
      points.map(({ overall }) => overall),
      points.map(({ repeated }) => repeated),
      points.map(({ unseen }) => unseen),
    ],
    [points],
  )
  const last = points.at(-1)
  if (points.length < 2)
    return (
      <p className="text-sm text-muted">
        It is noted once a minute
        {last === undefined
          ? '; nothing was yet.'
          : `: so far once, ${last.overall === null ? 'when nothing was measured yet' : say(last.overall)}, at ${moment(last.at)}.`}
      </p>
    )
  return <Chart label="Readiness over time" data={data} lines={lines} say={say} top={1} />
}
