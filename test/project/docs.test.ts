// The documents say what the code does: checked where a machine can check it.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { commands } from '../../core/commands/commands.js'
import { optionsIn } from '../../core/commands/completion/scripts.js'
import { withCommands } from '../../scripts/docs/commands-section.js'
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

t.test('so are the commands', async t => {
  const readme = readText('README.md')
  t.equal(readme, withCommands(readme))
  t.match(readme, /\| `chaos-proxy doctor` \| .* \| 0 the proxy can serve/)
  t.equal(withCommands(readme.replace('| `chaos-proxy doctor` |', '| `chaos-proxy dr` |')), readme)
  t.throws(() => withCommands('# no markers'), /needs the lines/)
  const known = ['start', 'print-config', ...commands.map(({ name }) => name)]
  for (const document of ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'core/commands/status/status-text.ts']) {
    const named = [...readText(document).matchAll(/chaos-proxy ([a-z][a-z-]+)\b(?=[` ])/g)].map(([, name]) => name!)
    t.same(
      named.filter(name => !known.includes(name)),
      [],
      document,
    )
  }
})

t.test('each help has its exit codes and examples that its options can be read out of', async t => {
  for (const { name, usage, summary } of commands) {
    t.match(usage, new RegExp(`^chaos-proxy ${name}\\b`), name)
    t.match(usage, /^exit codes?: 0 .*\b2 /m, name)
    t.match(usage, new RegExp(`^ {2}.*chaos-proxy ${name}\\b`, 'm'), `${name} has an example`)
    t.ok(
      optionsIn(usage).some(({ flag }) => flag === '--help'),
      name,
    )
    t.notMatch(summary, /[.|]$/, name)
  }
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
