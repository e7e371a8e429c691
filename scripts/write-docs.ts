// `npm run docs`: writes what the documents say about settings and commands anew. test/project/docs.test.ts fails until it was run.
import { readFileSync, writeFileSync } from 'node:fs'
import { withCommands } from './docs/commands-section.js'
import { withSettings } from './docs/settings-section.js'

const readme = new URL('../../README.md', import.meta.url)
const before = readFileSync(readme, 'utf8')
const after = withCommands(withSettings(before))
if (after === before) {
  process.stdout.write('README.md is up to date\n')
} else {
  writeFileSync(readme, after)
  process.stdout.write('README.md was written anew\n')
}
