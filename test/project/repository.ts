// Finds the sources that the compiled tests were made from.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SourceFile } from './import-rules.js'

/** The nearest folder above this file that has a tsconfig.json. */
export const repositoryRoot = rootAbove(dirname(fileURLToPath(import.meta.url)))

export function readText(path: string): string {
  return readFileSync(join(repositoryRoot, path), 'utf8')
}

/** Every TypeScript source below these folders. */
export function sourcesBelow(folders: readonly string[]): SourceFile[] {
  return folders.flatMap(folder =>
    (readdirSync(join(repositoryRoot, folder), { recursive: true }) as string[])
      .filter(name => /\.tsx?$/.test(name))
      .map(name => `${folder}/${name.replaceAll('\\', '/')}`)
      .map(path => ({ path, text: readText(path) })),
  )
}

function rootAbove(folder: string): string {
  if (existsSync(join(folder, 'tsconfig.json'))) return folder
  const above = dirname(folder)
  if (above === folder) throw new Error('no tsconfig.json above the tests: they must run inside the repository')
  return rootAbove(above)
}
