// A chart of live series by uPlot, in the colours of the theme.
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import { useTheme } from '../use-theme.js'

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
}: {
  /** For those who do not see it. */
  label: string
  data: uPlot.AlignedData
  lines: readonly Line[]
  /** A value on its axis and in the legend. */
  say: (value: number) => string
  height?: number
}) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const latest = useRef(data)
  latest.current = data
  const [theme] = useTheme()
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
        cursor: { points: { size: 6 }, drag: { x: false, y: false } },
        scales: { y: { range: (_plot, _min, max) => [0, Math.max(max * 1.1, 0.001)] } },
        axes: [
          { ...axis, values: (_plot, splits) => splits.map(at => new Date(at * 1000).toLocaleTimeString('en-GB')), space: 90 },
          { ...axis, values: (_plot, splits) => splits.map(say), size: 62 },
        ],
        series: [
          { label: 'at', value: (_plot, at) => (at === null ? '' : new Date(at * 1000).toLocaleTimeString('en-GB')) },
          ...lines.map(
            (line): uPlot.Series => ({
              label: line.name,
              stroke: colour(line.colour),
              width: 2,
              points: { show: false },
              ...(line.dash === undefined ? {} : { dash: [...line.dash] }),
              ...(line.fill ? { fill: `color-mix(in srgb, ${colour(line.colour)} 14%, transparent)` } : {}),
              value: (_plot, value) => (value === null || value === undefined ? '–' : say(value)),
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
  return <div ref={place} className="min-w-0 overflow-hidden" role="img" aria-label={label} />
}
