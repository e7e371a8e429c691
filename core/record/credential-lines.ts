// thread: main
// The scope of a credential that a person names, as an edge would make it of the request that carries it.
import type { Scopes } from './scope.js'

/**
 * `lines`: `Authorization: Bearer …`, in the order in which the client sends them; a secret of the query as `?api_key=…`; a line without
 * a name is an Authorization. Answers with the keyed hash, or with what is wrong.
 */
export function scopeOfLines(
  lines: readonly string[],
  scopes: Scopes,
  identityHeaders: readonly string[],
): string | { readonly problem: string } {
  const headers: string[] = []
  let ofQuery = ''
  for (const line of lines) {
    if (line.startsWith('?')) {
      ofQuery += `\n${line.trim()}`
      continue
    }
    const [, name = 'authorization', value = ''] = /^(?:([!#$%&'*+.^_`|~\w-]+):)?\s*(.*\S)\s*$/.exec(line) ?? []
    const lower = name.toLowerCase()
    if (!identityHeaders.includes(lower))
      return {
        problem: `${name.slice(0, 100)} tells nobody apart here: CHAOS_IDENTITY_HEADERS names ${identityHeaders.join(', ')}`,
      }
    headers.push(lower, value)
  }
  const scope = scopes.of(headers, ofQuery)
  return scope === ''
    ? { problem: 'say the credential as the client sends it, such as Authorization: Bearer 1234, one header a line' }
    : scope
}
