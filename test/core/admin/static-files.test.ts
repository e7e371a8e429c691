import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { StaticFiles } from '../../../core/admin/static-files.js'

t.test('files, pages and what is none of ours', async t => {
  const folder = t.testdir({
    'index.html': '<p>page',
    'index.html.br': 'br of page',
    'well.svg': '<svg/>',
    'secret.txt': 'not of a kind that is served',
  })
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'assets/app-1.js'), 'script')
  writeFileSync(join(folder, 'assets/app-1.js.gz'), 'gz of script')
  const files = new StaticFiles(folder)
  const text = (path: string, accept = 'text/html', coding = ''): string | undefined =>
    files.at(path, accept, coding)?.body.toString()

  t.equal(text('/'), '<p>page')
  t.equal(text('/', '*/*'), '<p>page')
  t.equal(text('/health'), '<p>page', 'a page of the dashboard')
  t.equal(text('/outages/2026-01-01T00-00-00-000Z'), '<p>page')
  t.equal(text('/health', 'application/json'), undefined, 'a program that asks is told that there is nothing')
  t.equal(text('/health', '*/*'), undefined)
  t.equal(text('/api/nothing'), undefined)
  t.equal(text('/api'), undefined)
  t.equal(text('/assets/gone.js'), undefined)
  t.equal(text('/secret.txt'), undefined)
  t.equal(text('/../package.json'), undefined)
  t.equal(text('/assets/../../package.json'), undefined)
  t.equal(text('/__proto__', 'application/json'), undefined)

  t.equal(text('/assets/app-1.js', '*/*', 'gzip, deflate, br'), 'gz of script')
  t.equal(text('/assets/app-1.js', '*/*', 'gzip;q=0'), 'script')
  t.equal(text('/', '*/*', 'gzip, br'), 'br of page')
  t.match(files.at('/assets/app-1.js', '*/*', 'gzip')?.headers, {
    'cache-control': 'public, max-age=31536000, immutable',
    'content-encoding': 'gzip',
    'content-type': /javascript/,
    vary: 'accept-encoding',
  })
  const { headers } = files.at('/', '*/*', '')!
  t.match(headers, { 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' })
  t.notMatch(headers['content-security-policy'], /unsafe|\*/)
  t.match(headers['content-security-policy'], /default-src 'none'; script-src 'self'/)
})

t.test('where nothing was built the page says what to do', async t => {
  const files = new StaticFiles(join(t.testdir(), 'missing'))
  const reply = files.at('/', '*/*', '')
  t.match(reply, { status: 503 })
  t.match(reply?.body.toString(), 'npm run build')
  t.equal(files.at('/metrics', '*/*', ''), undefined)
})
