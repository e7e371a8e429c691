// thread: learner
// For whom an exchange holds, which places it names, and whether what was kept of it still stands.
import type { Exchange } from '../../core/contract/exchange.js'
import { fieldOf } from '../../core/contract/fields.js'
import type { Exemplar, Tombstone } from '../../core/contract/memory.js'
import { type Question, questionOf } from '../../core/contract/question.js'

/** The answer may be given to anybody. */
export function isForAll({ scope, shared }: { readonly scope: string; readonly shared: boolean }): boolean {
  return scope === '' || shared
}

/** What is kept under a key, where no write buried it. */
export function standing(stored: Exemplar | Tombstone | undefined): Exemplar | undefined {
  return stored === undefined || 'gone' in stored ? undefined : stored
}

/** Told anew from what the edge told it from. */
export function exchangeQuestion({ method, path, query, requestHeaders, requestBody }: Exchange): Question {
  return questionOf({ method, path, query, contentType: fieldOf(requestHeaders, 'content-type'), body: requestBody })
}

/** Paths that Location and Content-Location name, relative ones as seen from the target; without query. */
export function namedPaths({ path, headers }: Exchange): string[] {
  const paths: string[] = []
  const from = URL.canParse(path, 'http://same') ? new URL(path, 'http://same').href : 'http://same'
  for (const name of ['location', 'content-location']) {
    const value = fieldOf(headers, name)
    if (value !== undefined && URL.canParse(value, from)) paths.push(new URL(value, from).pathname)
  }
  return paths
}
