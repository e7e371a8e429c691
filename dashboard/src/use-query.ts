// What a page shows stands in its URL, so that it can be shared.
import { useCallback } from 'react'
import { useSearch } from 'wouter'

/** A parameter of the URL; '' for none. */
export function useQuery(name: string): [string, (value: string) => void] {
  const search = useSearch()
  const value = new URLSearchParams(search).get(name) ?? ''
  const set = useCallback(
    (next: string) => {
      const params = new URLSearchParams(location.search)
      if (next === '') params.delete(name)
      else params.set(name, next)
      const text = params.toString()
      history.replaceState(null, '', text === '' ? location.pathname : `${location.pathname}?${text}`)
    },
    [name],
  )
  return [value, set]
}
