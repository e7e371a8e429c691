// The documents say what the code does: checked where a machine can check it.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, posix } from 'node:path'
import t from 'tap'
import { operations } from '../../core/admin/operations.js'
import { commands } from '../../core/commands/commands.js'
import { optionsIn } from '../../core/commands/completion/scripts.js'
import { refusals } from '../../core/contract/ghost.js'
import { adminApi, adminApiMarkdown, openApiText } from '../../scripts/docs/admin-api.js'
import { withCommands } from '../../scripts/docs/commands-section.js'
import { withSettings } from '../../scripts/docs/settings-section.js'
import { readText, repositoryRoot } from './repository.js'

/** All that people read. */
const documents = [
  ...['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'SECURITY.md'],
  ...readdirSync(join(repositoryRoot, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
]
/** And what they are told to use. */
const deployed = [
  ...['Dockerfile', 'docker-compose.yml'],
  ...(readdirSync(join(repositoryRoot, 'deploy'), { recursive: true }) as string[])
    .filter(name => /\.\w+$/.test(name))
    .map(name => `deploy/${name}`),
]

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
  for (const document of documents) {
    const named = [
      ...readText(document).matchAll(
        /(?:core|brain|bench|scripts|test|deploy|docs)\/[\w./-]*\w\.(?:tsx?|ya?ml|service|json|md)\b/g,
      ),
    ].map(([path]) => path)
    if (document === 'ARCHITECTURE.md') t.ok(named.length > 100, `${document} names files`)
    t.same(
      named.filter(path => !existsSync(join(repositoryRoot, path))),
      [],
      document,
    )
  }
})

t.test('commands that the documents name are in package.json', async t => {
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> }
  for (const document of [...documents, ...deployed]) {
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
  for (const document of [...documents, ...deployed]) {
    const named = [...readText(document).matchAll(/CHAOS_(?!ERR_)[A-Z_]*[A-Z]/g)].map(([name]) => name)
    t.same(
      named.filter(name => !known.has(name)),
      [],
      document,
    )
  }
})

t.test('every reason why a ghost stays silent is explained', async t => {
  const text = readText('docs/trouble-shooting.md')
  for (const reason of refusals) t.match(text, `| \`${reason}\` |`, reason)
})

t.test('links lead to what is there, and to headings that are there', async t => {
  const anchors = (path: string): Set<string> =>
    new Set([...readText(path).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading]) => anchorOf(heading!)))
  let followed = 0
  for (const document of documents) {
    const text = readText(document)
      .replace(/^```[\s\S]*?^```/gm, '')
      .replace(/`[^`\n]*`/g, '')
    for (const [link, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target!)) continue
      followed += 1
      const [path = '', anchor] = target!.split('#')
      const file = path === '' ? document : posix.join(posix.dirname(document), path)
      t.ok(existsSync(join(repositoryRoot, file)), `${document}: ${link}`)
      if (anchor !== undefined) t.ok(anchors(file).has(anchor), `${document}: ${link} is a heading of ${file}`)
    }
  }
  t.ok(followed > 15)
})

t.test('code blocks are what they say: JSON is JSON, and shells can read what is for them', async t => {
  let blocks = 0
  for (const document of documents)
    for (const [, language, code] of readText(document).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)) {
      blocks += 1
      if (language === 'json') t.doesNotThrow(() => JSON.parse(code!.replaceAll('…', '')), `${document}: ${code}`)
      if (language === 'sh')
        t.equal(spawnSync('sh', ['-n'], { input: code }).stderr.toString(), '', `${document}: ${code}`)
      t.ok(
        ['json', 'sh', 'http', 'yaml', 'ts', 'toml', 'text', 'mermaid'].includes(language!),
        `${document}: ${language}`,
      )
    }
  t.ok(blocks > 10)
})

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}
