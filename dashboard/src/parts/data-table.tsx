// A table of which only the rows in sight are drawn: ten thousand scroll as ten do.
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useRef, useSyncExternalStore } from 'react'

export interface Column<T> {
  readonly name: string
  /** Width as a grid track: `minmax(12rem, 1fr)`. */
  readonly track: string
  readonly cell: (row: T) => ReactNode
  readonly right?: boolean
  /** Left out where the screen is narrow. */
  readonly wideOnly?: boolean
}

const ROW_PX = 38
const OVERSCAN = 12
const narrow = matchMedia('(max-width: 40rem)')

function onNarrow(listener: () => void): () => void {
  narrow.addEventListener('change', listener)
  return () => narrow.removeEventListener('change', listener)
}

export function DataTable<T>({
  label,
  columns: all,
  rows,
  keyOf,
  minWidth = '40rem',
  maxHeight = '65vh',
  picked,
  onEnd,
}: {
  label: string
  columns: readonly Column<T>[]
  rows: readonly T[]
  keyOf: (row: T) => string | number
  minWidth?: string
  maxHeight?: string
  /** Key of the row that is looked at. */
  picked?: string | number
  /** The last rows are in sight: there may be more of them. */
  onEnd?: () => void
}) {
  const isNarrow = useSyncExternalStore(onNarrow, () => narrow.matches)
  const columns = isNarrow ? all.filter(({ wideOnly }) => !wideOnly) : all
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: index => keyOf(rows[index]!),
    overscan: OVERSCAN,
  })
  const last = virtual.getVirtualItems().at(-1)?.index ?? 0
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 1 - OVERSCAN) onEnd?.()
  }, [last, rows.length, onEnd])
  const gridTemplateColumns = columns.map(({ track }) => track).join(' ')
  const side = (column: Column<T>): string => (column.right ? 'text-right' : '')
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
    <div ref={scroller} className="overflow-auto" style={{ maxHeight }} tabIndex={0} role="region" aria-label={label}>
      <div
        role="table"
        aria-label={label}
        aria-rowcount={rows.length + 1}
        style={{ minWidth: isNarrow && columns.length < all.length ? undefined : minWidth }}
      >
        <div role="rowgroup" className="sticky top-0 z-10 border-b border-line bg-surface">
          <div role="row" aria-rowindex={1} className="grid gap-x-4 px-1 pb-1.5" style={{ gridTemplateColumns }}>
            {columns.map(column => (
              <div key={column.name} role="columnheader" className={`label ${side(column)}`}>
                {column.name}
              </div>
            ))}
          </div>
        </div>
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(item => (
            <div
              key={item.key}
              role="row"
              aria-rowindex={item.index + 2}
              aria-current={picked !== undefined && item.key === picked ? 'true' : undefined}
              className="absolute inset-x-0 top-0 grid items-center gap-x-4 border-b border-line/60 px-1 text-sm hover:bg-raised/60 aria-current:bg-raised"
              style={{ gridTemplateColumns, height: ROW_PX, transform: `translateY(${item.start}px)` }}
            >
              {columns.map(column => (
                <div key={column.name} role="cell" className={`min-w-0 truncate ${side(column)}`}>
                  {column.cell(rows[item.index]!)}
                </div>
              ))}
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}
