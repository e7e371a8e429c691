// thread: main
// The dashboard's files, as the build left them: read once, compressed beforehand, named by what is in them.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { weightedList } from '../contract/weighted-list.js'

export interface StaticReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

interface StaticFile {
  readonly type: string
  readonly plain: Buffer
  readonly br: Buffer | undefined
  readonly gzip: Buffer | undefined
}

const builtFolder = fileURLToPath(new URL('../../dashboard/site', import.meta.url))
const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/** All that the page needs comes from this port; what captured data could smuggle in is not run. */
export const dashboardPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const NOT_BUILT = `<!doctype html><title>Chaos-Proxy</title><p>The dashboard is not built: run <code>npm run build</code>. The admin API answers all the same.`

export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>

  constructor(folder = builtFolder) {
    this.#files = filesIn(folder)
  }

  /**
   * Undefined: it is none of ours. A path without a file is a page of the dashboard, which has its own routes, where a browser
   * asks for one; everything below /api is not.
   */
  at(path: string, accept: string, acceptEncoding: string): StaticReply | undefined {
    if (path.startsWith('/api/') || path === '/api') return undefined
    const file = this.#files.get(path)
    if (file !== undefined && path !== '/index.html') {
      // Vite puts a hash of the content into the names below assets/.
      return answer(
        file,
        path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
        acceptEncoding,
      )
    }
    const isPage = path === '/' || path === '/index.html' || (isPageName(path) && accepts(accept, 'text/html'))
    if (!isPage) return undefined
    const index = this.#files.get('/index.html')
    if (index !== undefined) return answer(index, 'no-cache', acceptEncoding)
    return { status: 503, headers: headersOf(types.html!, 'no-store'), body: Buffer.from(NOT_BUILT) }
  }
}

/** Names of files have a dot in them. */
function isPageName(path: string): boolean {
  return !path.startsWith('/assets/') && !path.slice(path.lastIndexOf('/')).includes('.')
}

/** The field names it, and does not refuse it. */
function accepts(field: string, wanted: string): boolean {
  return weightedList(field).some(({ name, q }) => name === wanted && q > 0)
}

function answer(file: StaticFile, cacheControl: string, acceptEncoding: string): StaticReply {
  const coding = codingOf(file, acceptEncoding)
  return {
    status: 200,
    headers: {
      ...headersOf(file.type, cacheControl),
      vary: 'accept-encoding',
      ...(coding === undefined ? {} : { 'content-encoding': coding }),
    },
    body: coding === undefined ? file.plain : file[coding]!,
  }
}

function headersOf(type: string, cacheControl: string): Record<string, string> {
  return {
    'content-type': type,
    'cache-control': cacheControl,
    'content-security-policy': dashboardPolicy,
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  }
}

function codingOf(file: StaticFile, acceptEncoding: string): 'br' | 'gzip' | undefined {
  return (['br', 'gzip'] as const).find(coding => file[coding] !== undefined && accepts(acceptEncoding, coding))
}

/** Empty where nothing was built. */
function filesIn(folder: string): ReadonlyMap<string, StaticFile> {
  let names: string[]
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch {
    return new Map()
  }
  const files = new Map<string, StaticFile>()
  for (const name of names) {
    const type = types[/\.(\w+)$/.exec(name)?.[1] ?? '']
    if (type === undefined) continue
    const read = (ending: string): Buffer | undefined =>
      names.includes(name + ending) ? readFileSync(join(folder, name + ending)) : undefined
    files.set(`/${name.replaceAll('\\', '/')}`, {
      type,
      plain: readFileSync(join(folder, name)),
      br: read('.br'),
      gzip: read('.gz'),
    })
  }
  return files
}
