// thread: any
import { readFileSync } from 'node:fs'

/** Version of this package, from the package.json two folders above the compiled file, or one above the source. */
export const version: string = readVersion(['../../package.json', '../package.json'])

function readVersion(places: readonly string[]): string {
  for (const place of places) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as {
        name?: string
        version?: string
      }
      if (manifest.name === 'chaos-proxy' && manifest.version !== undefined) return manifest.version
    } catch {
      // Not there: the next place is tried.
    }
  }
  return '0.0.0'
}
