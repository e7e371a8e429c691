// The data behind the demo's API: films of vega-datasets and countries of world-countries, cut into resources as a
// REST API has them. Nothing is made up but the two private accounts.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

export interface Account {
  readonly id: number
  readonly name: string
  readonly email: string
  readonly memberNumber: string
  /** Ids of movies. */
  readonly watchlist: readonly number[]
}

export interface DemoData {
  /** What json-server serves, a list for each resource. */
  readonly resources: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>
  /** Bearer token → id of the account that it opens. */
  readonly tokens: Readonly<Record<string, number>>
}

export const accounts: readonly Account[] = [
  {
    id: 1,
    name: 'Alice Example',
    email: 'alice@example.org',
    memberNumber: 'M-4471-0093',
    watchlist: [1090, 2705, 3103],
  },
  { id: 2, name: 'Bob Example', email: 'bob@example.org', memberNumber: 'M-8820-1756', watchlist: [501, 1422] },
]
export const aliceToken = 'demo-alice-5d1f'
export const bobToken = 'demo-bob-97c2'

export function readDemoData(): DemoData {
  const movies = (read(join(folderOf('vega-datasets', '..'), 'data', 'movies.json')) as Row[]).map(movieOf)
  const directors = directorsOf(movies)
  const countriesFolder = folderOf('world-countries', '.')
  const countries = read(join(countriesFolder, 'countries.json')) as CountryRow[]
  return {
    resources: {
      movies: movies.map(movie => ({ ...movie, directorId: directors.get(movie.director)?.id ?? null })),
      directors: [...directors.values()],
      countries: countries.map(countryOf),
      maps: countries.map(({ cca3 }) => mapOf(cca3.toLowerCase(), join(countriesFolder, 'data'))),
      accounts: accounts.map(account => ({ ...account })),
    },
    tokens: { [aliceToken]: 1, [bobToken]: 2 },
  }
}

type Row = Readonly<Record<string, unknown>>

function movieOf(row: Row, index: number) {
  return {
    id: index + 1,
    title: String(row.Title ?? 'untitled'),
    director: row.Director as string | null,
    genre: row['Major Genre'],
    kind: row['Creative Type'],
    rated: row['MPAA Rating'],
    releaseDate: row['Release Date'],
    runningTimeMin: row['Running Time min'],
    distributor: row.Distributor,
    source: row.Source,
    budgetUsd: row['Production Budget'],
    grossUsd: row['Worldwide Gross'],
    rating: row['IMDB Rating'],
    votes: row['IMDB Votes'],
  }
}

/** By name, with ids in the order of the names. */
function directorsOf(movies: readonly { director: string | null }[]): Map<string | null, { id: number; name: string }> {
  const names = new Set(movies.flatMap(({ director }) => (director === null ? [] : [director])))
  return new Map([...names].sort().map((name, index) => [name, { id: index + 1, name }]))
}

interface CountryRow {
  readonly name: { readonly common: string; readonly official: string }
  readonly cca2: string
  readonly cca3: string
  readonly capital: readonly string[]
  readonly region: string
  readonly subregion: string
  readonly languages: Readonly<Record<string, string>>
  readonly latlng: readonly number[]
  readonly landlocked: boolean
  readonly borders: readonly string[]
  readonly area: number
  readonly flag: string
}

function countryOf(row: CountryRow) {
  const { cca2, cca3, capital, region, subregion, languages, latlng, landlocked, borders, area, flag } = row
  const { common: name, official: officialName } = row.name
  const areaKm2 = area
  return {
    id: cca3.toLowerCase(),
    name,
    officialName,
    cca2,
    capital,
    region,
    subregion,
    languages,
    latlng,
    landlocked,
    borders,
    areaKm2,
    flag,
  }
}

/** Links to the files that the package has of a country. */
function mapOf(id: string, folder: string) {
  const link = (ending: string): string | null =>
    existsSync(join(folder, id + ending)) ? `/data/${id}${ending}` : null
  return {
    id,
    country: `/countries/${id}`,
    flag: link('.svg'),
    outline: link('.geo.json'),
    topology: link('.topo.json'),
    projection: 'EPSG:4326',
    licence: 'ODbL-1.0',
  }
}

/** `up`: from the folder of the package's entry point to that of the package. */
function folderOf(name: string, up: string): string {
  return join(dirname(require.resolve(name)), up)
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}
