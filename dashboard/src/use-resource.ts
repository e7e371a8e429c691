// What an endpoint tells, asked again and again. What was told once stays while the proxy is gone.
import { useCallback, useEffect, useState } from 'react'
import { ask, Problem } from './api.js'

export interface Resource<T> {
  /** Undefined: nothing came yet. */
  readonly data: T | undefined
  /** Of the last try; undefined: it went well. */
  readonly problem: Problem | undefined
  readonly reload: () => void
}

/** `path` null: nothing is asked. */
export function useResource<T>(path: string | null, everyMs = 0): Resource<T> {
  const [told, setTold] = useState<{ path: string | null; data: T | undefined; problem: Problem | undefined }>({
    path,
    data: undefined,
    problem: undefined,
  })
  const [turn, setTurn] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` grows where somebody asks for it anew.
  useEffect(() => {
    if (path === null) return
    const ending = new AbortController()
    let timer: number | undefined
    const load = async (): Promise<void> => {
      try {
        const data = await ask<T>(path, { signal: ending.signal })
        setTold({ path, data, problem: undefined })
      } catch (error) {
        if (ending.signal.aborted) return
        const problem = error instanceof Problem ? error : new Problem(0, 'The answer could not be read', '', '')
        setTold(before => ({ path, data: before.path === path ? before.data : undefined, problem }))
        // A page that shows nothing yet tries again by itself.
        timer = window.setTimeout(() => void load(), Math.max(everyMs, 2000))
        return
      }
      if (everyMs > 0) timer = window.setTimeout(() => void load(), everyMs)
    }
    void load()
    return () => {
      ending.abort()
      window.clearTimeout(timer)
    }
  }, [path, everyMs, turn])
  const reload = useCallback(() => setTurn(before => before + 1), [])
  return told.path === path
    ? { data: told.data, problem: told.problem, reload }
    : { data: undefined, problem: undefined, reload }
}
