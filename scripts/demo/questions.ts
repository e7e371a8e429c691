// What is asked when the API is dead: things that were seen, things that never were, a write, and somebody else's page.
import type { Request } from './ask.js'
import { aliceToken, bobToken, type DemoData } from './data.js'
import { genrePath, popularPath, regionPath, searchPath } from './traffic.js'

export interface Question {
  readonly group: 'seen before' | 'never asked before' | 'a write' | "somebody else's page"
  readonly request: Request
  /** What it is, for the table. */
  readonly label: string
  /** The API may be asked for the truth beforehand: asking changes nothing. */
  readonly safe: boolean
}

/** `asked`: what the traffic opened; the questions are chosen so that `never asked before` is true. */
export function questionsAfter(asked: ReadonlySet<string>, data: DemoData): Question[] {
  const seen = (path: string, label: string): Question[] =>
    asked.has(path) ? [question('seen before', path, label)] : []
  const unseen = (path: string | undefined, label: string): Question[] =>
    path === undefined || asked.has(path) ? [] : [question('never asked before', path, label)]
  const details = [...asked].filter(path => /^\/movies\/\d{1,4}$/.test(path))
  const ids = (resource: string): string[] => (data.resources[resource] ?? []).map(({ id }) => `/${resource}/${id}`)
  const news = (resource: string): string[] => ids(resource).filter(path => !asked.has(path))
  return [
    ...details.slice(0, 2).map(path => question('seen before', path, 'a film')),
    ...seen(popularPath(1), 'a list, sorted'),
    ...seen(genrePath('Drama', 1), 'a filter'),
    ...seen(regionPath('Europe', 1), 'a page of countries'),
    ...seen('/countries/nor', 'a country'),
    ...[...asked]
      .filter(path => path.startsWith('/directors/') && path.includes('/movies'))
      .slice(0, 1)
      .map(path => question('seen before', path, 'a relation')),
    ...seen(searchPath('star wars'), 'a search'),
    ...seen('/movies/99991', 'a film that is not there'),
    {
      ...question('seen before', '/accounts/1', "Alice's page, asked by Alice"),
      request: { method: 'GET', path: '/accounts/1', token: aliceToken },
    },

    ...unseen('/movies?_limit=10&_page=1&_order=desc&_sort=votes', 'a list, parameters swapped'),
    ...unseen(searchPath('Star wars'), 'a search, another spelling'),
    ...unseen(searchPath('Harry potter'), 'a search, another spelling'),
    ...unseen(searchPath('Steven spielberg'), 'a search, another spelling'),
    ...unseen(searchPath('Toy story'), 'a search, another spelling'),
    ...unseen(searchPath('wars star'), 'a trap: words swapped'),
    ...unseen(searchPath('ingmar bergman'), 'a search nobody made'),
    ...news('maps')
      .slice(0, 3)
      .map(path => question('never asked before', path, 'a new id')),
    ...unseen('/maps/xkx0', 'a trap: no such id'),
    ...news('countries')
      .slice(0, 1)
      .map(path => question('never asked before', path, 'a new id')),
    ...news('movies')
      .slice(0, 2)
      .map(path => question('never asked before', path, 'a new id')),
    ...unseen(popularPath(40), 'a new page'),
    ...unseen('/reviews/5', 'a resource nobody asked for'),

    {
      group: 'a write',
      label: 'a new film',
      safe: false,
      request: { method: 'POST', path: '/movies', body: JSON.stringify({ title: 'Outage: The Movie' }) },
    },
    {
      ...question("somebody else's page", '/accounts/1', "Alice's page, asked by Bob"),
      request: { method: 'GET', path: '/accounts/1', token: bobToken },
    },
    question("somebody else's page", '/accounts/1', "Alice's page, asked by nobody"),
  ]
}

function question(group: Question['group'], path: string, label: string): Question {
  return { group, label, safe: true, request: { method: 'GET', path } }
}
