// thread: any
// How the stack of an error is written down. Node asks for it each time a socket is destroyed with an error, and with source maps
// on reads their files then: in the moments in which a backend dies that is hundreds of times, before the first ghost is out.
import { findSourceMap } from 'node:module'

/** From now on, in this thread: errors of the system have none (they say what was called, and on what), all others are mapped as before. */
export function mapOnlyOwnErrors(): void {
  Error.prepareStackTrace = (error, sites) => {
    const said = Error.prototype.toString.call(error)
    if (isOfSystem(error)) return said
    return [said, ...sites.map(site => `    at ${placeOf(site)}`)].join('\n')
  }
}

/** `ECONNRESET` and the like. */
function isOfSystem(error: Error): boolean {
  return 'syscall' in error && 'errno' in error
}

function placeOf(site: NodeJS.CallSite): string {
  const file = site.getFileName() ?? site.getScriptNameOrSourceURL()
  const [line, column] = [site.getLineNumber(), site.getColumnNumber()]
  if (!file || line === null || column === null) return String(site)
  // Its lines and columns begin with 0.
  const entry = findSourceMap(file)?.findEntry(line - 1, column - 1)
  if (entry === undefined || !('originalSource' in entry)) return String(site)
  const place = `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
  const name = site.getFunctionName()
  return name === null ? place : `${site.isAsync() ? 'async ' : ''}${name} (${place})`
}
