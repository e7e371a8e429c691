// `npm run docs`: writes what the documents say about settings, commands and the admin API anew. test/project/docs.test.ts fails until it
// was run.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { adminApi, adminApiMarkdown, openApiText } from './docs/admin-api.js'
import { withCommands } from './docs/commands-section.js'
import { withSettings } from './docs/settings-section.js'

const api = adminApi()
const documents: Readonly<Record<string, (before: string) => string>> = {
  'README.md': before => withCommands(withSettings(before)),
  'docs/openapi.json': () => openApiText(api),
  'docs/admin-api.md': () => adminApiMarkdown(api),
}

for (const [name, written] of Object.entries(documents)) {
  const file = new URL(`../../${name}`, import.meta.url)
  const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const after = written(before)
  if (after !== before) writeFileSync(file, after)
  process.stdout.write(`${name} ${after === before ? 'is up to date' : 'was written anew'}\n`)
}
