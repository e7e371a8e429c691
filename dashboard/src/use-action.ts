// What a person does to the proxy, and what it says where it refuses.
import { useCallback, useState } from 'react'
import { Problem } from './api.js'

export interface Action {
  /** Of the last one; undefined: it went well. */
  readonly problem: Problem | undefined
  readonly act: (doing: () => Promise<void>) => Promise<void>
}

export function useAction(): Action {
  const [problem, setProblem] = useState<Problem>()
  const act = useCallback(async (doing: () => Promise<void>): Promise<void> => {
    try {
      await doing()
      setProblem(undefined)
    } catch (error) {
      if (error instanceof Problem) setProblem(error)
    }
  }, [])
  return { problem, act }
}
