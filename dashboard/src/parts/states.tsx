// What a page shows when there is nothing to show.
import type { ReactNode } from 'react'
import type { Problem } from '../api.js'
import type { Resource } from '../use-resource.js'

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="rounded-lg border border-dashed border-line px-6 py-10 text-center">
      <p className="font-semibold">{title}</p>
      {children !== undefined && (
        <p className="mx-auto mt-1 max-w-prose text-sm wrap-anywhere text-muted">{children}</p>
      )}
    </div>
  )
}

export function Loading({ what }: { what: string }) {
  return (
    <div role="status" className="px-6 py-10 text-center text-sm text-muted">
      Asking for {what} …
    </div>
  )
}

export function Failed({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  return (
    <div role="alert" className="rounded-lg border border-fail/50 bg-fail/5 px-4 py-3 text-sm">
      <p className="font-semibold text-fail">{problem.title}</p>
      {problem.detail !== '' && <p className="mt-0.5">{problem.detail}</p>}
      {onRetry !== undefined && (
        <button type="button" className="button mt-3" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}

/** The data as soon as there are any, also while the proxy is gone; then what is wrong stands above them. */
export function Told<T>({
  from,
  what,
  children,
}: {
  from: Resource<T>
  what: string
  children: (data: T) => ReactNode
}) {
  const { data, problem, reload } = from
  if (data === undefined)
    return problem === undefined ? <Loading what={what} /> : <Failed problem={problem} onRetry={reload} />
  return (
    <>
      {problem !== undefined && (
        <p role="status" className="mb-3 rounded-md bg-warn/10 px-3 py-2 text-sm text-warn">
          As it was when last heard: {problem.message}
        </p>
      )}
      {children(data)}
    </>
  )
}
