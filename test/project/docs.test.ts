// The documents say what the code does: checked where a machine can check it.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { operations } from '../../core/admin/operations.js'
import { adminApi, adminApiMarkdown, openApiText } from '../../scripts/docs/admin-api.js'
import { withSettings } from '../../scripts/docs/settings-section.js'
import { readText, repositoryRoot } from './repository.js'

t.test('the settings in the README are those of the code; `npm run docs` writes them', async t => {
  const readme = readText('README.md')
  t.equal(readme, withSettings(readme))
  const changed = readme.replace('| `8080` |', '| `8081` |')
  t.not(changed, readme)
  t.equal(withSettings(changed), readme, 'a table that was edited by hand is found and mended')
  t.throws(() => withSettings('# no markers'), /needs the lines/)
})

t.test('the admin API is described as the endpoints are; `npm run docs` writes it', async t => {
  const api = adminApi()
  t.equal(readText('docs/openapi.json'), openApiText(api))
  t.equal(readText('docs/admin-api.md'), adminApiMarkdown(api))
  const there = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
  )
  t.ok(there.length > 25)
  t.same(there.toSorted(), Object.keys(operations).toSorted(), 'each endpoint stands in core/admin/operations.ts')
  for (const { summary } of Object.values(operations)) t.match(summary, /\.$|\?/, summary)
})

t.test('files that the documents name are there', async t => {
  for (const document of ['README.md', 'ARCHITECTURE.md']) {
    const named = [...readText(document).matchAll(/(?:core|brain|bench|scripts|test)\/[\w./-]*\w\.ts\b/g)].map(
      ([path]) => path,
    )
    t.ok(named.length > 0, `${document} names files`)
    t.same(
      named.filter(path => !existsSync(join(repositoryRoot, path))),
      [],
      document,
    )
  }
})

t.test('commands that the documents name are in package.json', async t => {
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> }
  for (const document of ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md']) {
    const named = [...readText(document).matchAll(/npm (?:run ([\w:-]+)|(start|test))/g)].map(
      ([, run, short]) => run ?? short!,
    )
    t.same(
      named.filter(name => scripts[name] === undefined),
      [],
      document,
    )
  }
})

t.test('settings that the documents name exist', async t => {
  const known = new Set(
    [...readText('core/config/settings-table.ts').matchAll(/row\(\s*'([A-Z_]+)'/g)].map(([, name]) => `CHAOS_${name}`),
  )
  t.ok(known.size > 30)
  for (const document of ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md']) {
    const named = [...readText(document).matchAll(/CHAOS_(?!ERR_)[A-Z_]*[A-Z]/g)].map(([name]) => name)
    t.same(
      named.filter(name => !known.has(name)),
      [],
      document,
    )
  }
})
