// Exchanges of the history, page by page as they are scrolled to.
import { useCallback, useEffect, useRef, useState } from 'react'
import type { AnsweringStore, ExchangeFacts, ExchangePage } from '../../core/contract/history.js'
import { ask, Problem } from './api.js'

export interface Found {
  readonly exchanges: readonly ExchangeFacts[]
  readonly store: AnsweringStore | undefined
  /** There are more of them. */
  readonly hasMore: boolean
  readonly isAsking: boolean
  readonly problem: Problem | undefined
  readonly more: () => void
}

const PAGE = 1000
/** More in one list nobody reads. */
const MOST = 20_000

const nothing = { exchanges: [], store: undefined, next: '', isAsking: true, problem: undefined } as const

interface Told extends Pick<Found, 'exchanges' | 'store' | 'isAsking' | 'problem'> {
  /** Cursor of the next page; null: this was the last one. */
  readonly next: string | null
}

/** `query`: of GET /api/exchanges; `turn`: another one asks anew. */
export function useExchanges(query: string, turn: number): Found {
  const [told, setTold] = useState<Told>(nothing)
  const search = useRef<AbortController>(undefined)
  const load = useCallback(
    async (before: Told, ending: AbortController): Promise<void> => {
      setTold({ ...before, isAsking: true, problem: undefined })
      const params = new URLSearchParams(query)
      params.set('limit', String(PAGE))
      if (before.next) params.set('cursor', before.next)
      try {
        const page = await ask<ExchangePage & { store: AnsweringStore }>(`/api/exchanges?${params}`, {
          signal: ending.signal,
        })
        const exchanges = [...before.exchanges, ...page.exchanges]
        const next = exchanges.length >= MOST ? null : page.next
        setTold({ exchanges, store: page.store, next, isAsking: false, problem: undefined })
      } catch (error) {
        if (ending.signal.aborted) return
        const problem = error instanceof Problem ? error : new Problem(0, 'The answer could not be read', '', '')
        setTold({ ...before, isAsking: false, problem })
      }
    },
    [query],
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` grows where somebody asks for it anew.
  useEffect(() => {
    const ending = new AbortController()
    search.current = ending
    void load(nothing, ending)
    return () => ending.abort()
  }, [load, turn])
  const more = useCallback(() => {
    if (!told.isAsking && told.next !== null && told.problem === undefined && search.current !== undefined)
      void load(told, search.current)
  }, [told, load])
  return { ...told, hasMore: told.next !== null, more }
}
