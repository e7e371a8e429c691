// A chart of live series by uPlot, in the colours of the theme.
import { useEffect, useRef, useState } from 'react'
import uPlot from 'uplot'
import { useTheme } from '../use-theme.js'

export type ChartData = uPlot.AlignedData

export interface Line {
  readonly name: string
  /** Name of a colour of the theme: `live`. */
  readonly colour: string
  readonly dash?: readonly number[]
  readonly fill?: boolean
}

export function Chart({
  label,
  data,
  lines,
  say,
  height = 180,
  top,
}: {
  /** For those who do not see it. */
  label: string
  data: uPlot.AlignedData
  lines: readonly Line[]
  /** A value on its axis and in the legend. */
  say: (value: number) => string
  height?: number
  /** Of the axis; as high as the values unless said. */
  top?: number
}) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const latest = useRef(data)
  latest.current = data
  const [theme] = useTheme()
  /** Where the pointer is; null: nowhere, the latest is told. */
  const [index, setIndex] = useState<number | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours; `lines` and `say` never change.
  useEffect(() => {
    const element = place.current!
    const style = getComputedStyle(document.documentElement)
    const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim()
    const font = `12px ${getComputedStyle(element).fontFamily}`
    const axis = { stroke: colour('muted'), grid: { stroke: colour('line'), width: 1 }, ticks: { show: false }, font }
    const made = new uPlot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        padding: [10, 8, 0, 0],
        cursor: { points: { size: 6 }, drag: { x: false, y: false } },
        hooks: { setCursor: [({ cursor }) => setIndex(cursor.idx ?? null)] },
        scales: { y: { range: (_plot, _min, max) => [0, top ?? Math.max(max * 1.1, 0.001)] } },
        axes: [
          {
            ...axis,
            values: (_plot, splits, _axis, _space, step) => splits.map(at => clockText(at * 1000, step)),
            space: 90,
            // Whole seconds: there is a tick in each.
            incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400],
            size: 26,
          },
          { ...axis, values: (_plot, splits) => splits.map(value => say(value).replace(/\.0+(?= |$)/, '')), size: 58 },
        ],
        series: [
          {},
          ...lines.map(
            (line): uPlot.Series => ({
              label: line.name,
              stroke: colour(line.colour),
              width: 2,
              points: { show: false },
              ...(line.dash === undefined ? {} : { dash: [...line.dash] }),
              ...(line.fill ? { fill: `color-mix(in srgb, ${colour(line.colour)} 14%, transparent)` } : {}),
            }),
          ),
        ],
      },
      latest.current,
      element,
    )
    plot.current = made
    const watching = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    watching.observe(element)
    return () => {
      watching.disconnect()
      made.destroy()
    }
  }, [theme, height])
  useEffect(() => plot.current?.setData(data), [data])
  const at = index === null || index >= data[0].length ? data[0].length - 1 : index
  return (
    <figure className="min-w-0">
      <div ref={place} className="min-w-0 overflow-hidden" role="img" aria-label={label} />
      <figcaption className="mt-1.5 flex flex-wrap gap-x-4 gap-y-1 text-xs">
        {lines.map((line, i) => (
          <span key={line.name} className="inline-flex items-center gap-1.5">
            <svg aria-hidden="true" viewBox="0 0 16 4" className="h-1 w-4" fill="none" strokeWidth="3">
              <path d="M0 2h16" stroke={`var(--${line.colour})`} strokeDasharray={line.dash?.join(' ')} />
            </svg>
            <span className="text-muted">{line.name}</span>
            <span className="font-medium">{told(data[i + 1]?.[at], say)}</span>
          </span>
        ))}
      </figcaption>
    </figure>
  )
}

/** `stepS`: between two of them. */
function clockText(at: number, stepS: number): string {
  const date = new Date(at)
  if (stepS < 60) return date.toLocaleTimeString('en-GB')
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  return stepS < 21_600 ? time : `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${time}`
}

function told(value: number | null | undefined, say: (value: number) => string): string {
  return value === null || value === undefined ? '–' : say(value)
}
