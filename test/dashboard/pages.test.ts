// Every page in a real browser, before a real proxy whose backend is killed meanwhile.
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { LessonRoute } from '../../core/contract/lesson.js'
import { chromiumPath, openChromium } from '../support/browser.js'
import { startChildOrigin } from '../support/child-origin.js'
import { becomesTrue, findings, looksRight, openPage, settled, WITHIN_MS, written } from '../support/dashboard-page.js'
import { patience } from '../support/patience.js'
import { type Proxy as Running, startProxy } from '../support/proxy.js'

const program = fileURLToPath(new URL('../support/origin-process.js', import.meta.url))
const site = fileURLToPath(new URL('../../dashboard/site', import.meta.url))
const skip = chromiumPath === undefined ? 'there is no Chromium on this machine (Debian: apt install chromium)' : false

async function learned(proxy: Running): Promise<void> {
  for (let id = 1; id <= 12; id++) await proxy.get(`/users/${id}`)
  for (const path of ['/users', '/users', '/search?q=one', '/greet/ann', '/nothing']) await proxy.get(path)
  await proxy.settled()
}

const browser = chromiumPath === undefined ? undefined : await openChromium(t)

t.test('what the browser loads first is small', async t => {
  const names = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.gz'))
  t.ok(names.length > 2)
  const bytes = names.reduce((sum, name) => sum + statSync(join(site, name)).size, 0)
  t.ok(bytes < 300 << 10, `${bytes} octets`)
})

t.test('all pages, an outage, and the proxy gone and back', { skip, timeout: 600_000 }, async t => {
  const origin = await startChildOrigin(t, program)
  const env = {
    CHAOS_HISTORY_RATE: '1000000',
    CHAOS_DRILLS: 'on',
    CHAOS_BREAKER_FAILURES: '3',
    CHAOS_GHOST_WRITES: 'journal',
  }
  const proxy = await startProxy(t, origin.url, env)
  await learned(proxy)
  await written(proxy)
  const { page, complaints } = await openPage(t, browser!)
  const base = `http://127.0.0.1:${proxy.adminPort}`
  const { routes } = await proxy.admin<{ routes: LessonRoute[] } & Record<string, unknown>>('/api/routes')
  const detail = routes.find(({ pattern }) => pattern === '/users/{id}')!

  const pages: [path: string, shows: string][] = [
    ['/live', 'Requests'],
    ['/health', 'Circuit of the upstream'],
    ['/immortality', 'readiness, weighted by recent demand'],
    ['/routes', '/users/{id}'],
    [`/routes/${encodeURIComponent(detail.id)}`, 'How good ghosts have proven here'],
    ['/match?method=GET&path=/users/7', 'It would answer 200 by exact'],
    ['/exchanges', '/greet/ann'],
    ['/exchanges?method=PATCH', 'No exchange was found'],
    ['/replays', 'No target is allowed'],
    ['/journal', 'There is no such write'],
    ['/outages', 'There was no outage'],
    ['/anomalies', 'Nothing is strange'],
    ['/settings?q=breaker', 'CHAOS_BREAKER_FAILURES'],
    ['/nothing-here', 'There is no such page'],
  ]
  for (const [path, shows] of pages) {
    await page.goto(base + path)
    if (path !== '/nothing-here') await settled(page)
    await becomesTrue(page, `document.body.textContent.includes(${JSON.stringify(shows)})`)
    await looksRight(t, page, path)
  }
  t.same(complaints, [], 'nothing to complain of')
  await page.goto(base)
  await page.waitForURL('**/live')

  await t.test('an anomaly is looked at and dismissed', async t => {
    for (let i = 0; i < 260; i++) await proxy.get(`/users/${1 + (i % 12)}`)
    for (let i = 0; i < 12; i++) await proxy.get(`/users/${1 + i}?debug=1`)
    await page.goto(`${base}/anomalies`)
    await page.click('[role=row] >> text=unseen-parameter')
    await page.waitForSelector('text=was in none of')
    await looksRight(t, page, 'anomaly')
    await page.click('text=Dismiss: it does not matter')
    await page.waitForSelector('text=It was dismissed')
    t.match(await proxy.admin('/api/anomalies'), { anomalies: [{ state: 'dismiss' }] })
  })

  await t.test('a route is switched and taken back; what is refused is said, and nothing looks changed', async t => {
    const route = 'GET /users/{id}'
    const panel = 'section:has(> div > h2:text-is("Switches"))'
    await page.goto(`${base}/routes/${encodeURIComponent(detail.id)}`)
    await page.waitForSelector(`${panel} >> text=as everywhere`)
    t.same(await findings(page), [], 'axe: switches')
    await page.selectOption(`${panel} select[name=ghost]`, { label: 'off' })
    await page.waitForSelector(`${panel} >> text=by the switch of ${route}`)
    t.equal(await page.inputValue('select[name=ghost]'), 'off')
    t.match(await proxy.admin('/api/switches'), { switches: [{ route, ghost: 'off' }] })

    // By the keyboard alone.
    await page.focus('input[name=minConfidence]')
    await page.keyboard.press('Control+A')
    await page.keyboard.type('0.95')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[aria-label="Least confidence: back to default"]')
    t.match(await proxy.admin('/api/switches'), { switches: [{ ghost: 'off', minConfidence: 0.95 }] })
    await page.waitForSelector(`[data-origin=switch] >> nth=1`)
    t.same(await findings(page), [], 'axe: switched')
    await page.goto(`${base}/routes`)
    await page.waitForSelector('[data-switched] >> text=ghost off, minConfidence 0.95')
    t.same(await findings(page), [], 'axe: switched routes')

    await page.goto(`${base}/routes/${encodeURIComponent(detail.id)}`)
    await page.click('[aria-label="Ghosts: back to default"]')
    await page.waitForSelector('[aria-label="Ghosts: back to default"]', { state: 'detached' })
    t.equal(await page.inputValue('select[name=ghost]'), 'auto')
    t.match(await proxy.admin('/api/switches'), { switches: [{ minConfidence: 0.95 }] })
    await page.click('text=All back to default')
    await page.waitForSelector('text=All back to default', { state: 'detached' })
    t.same((await proxy.admin<{ switches: object[] }>('/api/switches')).switches, [])

    mkdirSync(join(proxy.dataDir, 'switches.json.new'))
    await page.selectOption(`${panel} select[name=sharing]`, 'own')
    await page.waitForSelector(`${panel} [role=alert] >> text=nothing was changed`)
    t.equal(await page.inputValue('select[name=sharing]'), 'public')
    t.match(complaints.splice(0), [/status of 503/], 'which is all that the browser complains of')
    rmSync(join(proxy.dataDir, 'switches.json.new'), { recursive: true })
    await page.selectOption(`${panel} select[name=sharing]`, 'own')
    await page.waitForSelector('[aria-label="Sharing: back to default"]')
    t.equal(await page.locator(`${panel} [role=alert]`).count(), 0)
    await page.setViewportSize({ width: 360, height: 740 })
    t.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0, 'narrow')
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.click('text=All back to default')
    await page.waitForSelector('text=All back to default', { state: 'detached' })
  })

  await t.test('a curl line is explained', async t => {
    await page.goto(`${base}/match`)
    await page.fill('textarea[aria-describedby=curl-problem]', `curl 'http://x/users/3' -H 'accept: application/json'`)
    await page.waitForSelector('[data-verdict=answer]')
    t.match(page.url(), /path=%2Fusers%2F3/)
    t.match(await page.inputValue('[aria-label="Path and query"]'), '/users/3')
  })

  await t.test('the ghost beside the upstream, which is asked when the button is pressed and not before', async t => {
    const requests = async (): Promise<number> =>
      (await proxy.admin<{ requests: Record<string, number> }>('/api/status')).requests.requests!
    const before = await requests()
    await page.goto(`${base}/match?method=GET&path=/users/5`)
    await page.waitForSelector('[data-verdict=answer]')
    t.equal(await requests(), before, 'nothing is sent')
    await page.click('text=Ask the upstream now')
    await page.waitForSelector('[data-beside] >> text=would have said what the upstream says')
    t.equal(await requests(), before + 1)
    await page.goto(`${base}/match?method=GET&path=/greet/nobody-yet`)
    await page.click('text=Ask the upstream now')
    await page.waitForSelector('[aria-label="What the upstream says"] >> text=nobody-yet')
    await looksRight(t, page, 'beside')
    await page.goto(`${base}/match?method=DELETE&path=/users/5`)
    await page.waitForSelector('text=Only a GET or HEAD')
    t.equal(await page.locator('text=Ask the upstream now').count(), 0)
  })

  await t.test('an exchange is looked at: as text, whatever is in it', async t => {
    const bad = '<img src=x onerror=document.title="hacked">'
    await proxy.get(`/greet/${encodeURIComponent(bad)}`)
    await proxy.get(`/search?q=${bad.replaceAll(' ', '/')}`)
    await proxy.get('/gzip')
    await written(proxy)
    await page.goto(`${base}/exchanges`)
    await page.click(`[role=row] button:has-text("/search?q=<img")`)
    await page.waitForSelector('[data-exchange] >> text=Timing')
    await page.click(`[role=row] button:has-text("/greet/%3Cimg")`)
    await page.waitForSelector('section[aria-label="Body of the response"] >> text=hello')
    t.match(await page.textContent('section[aria-label="Body of the response"]'), bad)
    t.match(await page.textContent('[data-curl]'), /^curl --globoff .*\/greet\/%3Cimg/)
    t.equal(await page.locator('main img').count(), 0)
    t.notMatch(await page.title(), 'hacked')
    await looksRight(t, page, 'exchange')
    await page.click('text=As text')
    t.match(await page.textContent('section[aria-label="Body of the response"] pre'), '{"hello":"<img src=x')
    await page.click(`[role=row] button:has-text("/gzip")`)
    await page.waitForSelector('text=sent as gzip')
    t.match(await page.textContent('section[aria-label="Body of the response"]'), /packed/)
    t.match(page.url(), /[?&]id=/, 'the one that is looked at stands in the URL')
    await page.click('[data-exchange] >> text=Close')
    t.equal(await page.locator('[data-exchange]').count(), 0)
  })

  await t.test('exchanges are searched', async t => {
    await page.goto(`${base}/exchanges`)
    await page.fill('input[name=status]', '4xx')
    await page.selectOption('select[name=by]', 'upstream')
    await page.click('button:has-text("Search")')
    await page.waitForURL('**/exchanges?status=4xx&by=upstream')
    // What was found before may still stand there.
    const targets = await patience(WITHIN_MS)(
      () => page.locator('main [role=row] button').allTextContents(),
      all => all.length > 0 && all.every(target => target === '/nothing'),
    )
    t.same([...new Set(targets)], ['/nothing'])
    await page.fill('input[name=from]', 'yesterday')
    await page.keyboard.press('Enter')
    await page.waitForSelector('[role=alert] >> text=is no moment')
    t.match(complaints.splice(0), [/status of 400/], 'which is all that the browser complains of')
  })

  await t.test('ten thousand rows: only those in sight are drawn, and the last one is reached', async t => {
    let left = 10_000
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while (left-- > 0) await proxy.get('/users/2')
      }),
    )
    await written(proxy)
    await page.goto(`${base}/exchanges?from=1h`)
    const table = '[role=table][aria-label=Exchanges]'
    await page.waitForSelector(table)
    const rows = async (): Promise<number> => Number(await page.getAttribute(table, 'aria-rowcount')) - 1
    let most = 0
    const bottom = `(() => { const all = document.querySelector('[role=region][aria-label=Exchanges]'); all.scrollTop = all.scrollHeight; return document.querySelectorAll('${table} [role=row]').length })()`
    for (let seen = await rows(); seen < 10_000; seen = await rows()) {
      most = Math.max(most, (await page.evaluate(bottom)) as number)
      await patience(WITHIN_MS)(rows, now => now > seen)
    }
    await page.evaluate(bottom)
    await page.waitForSelector('[role=row] button:has-text("/users/1")')
    most = Math.max(most, await page.locator(`${table} [role=row]`).count())
    t.ok(most < 100, `${most} rows are drawn`)
    await looksRight(t, page, 'a long list')
  })

  await t.test('what if it had died then', async t => {
    await page.goto(`${base}/immortality`)
    await page.waitForSelector('text=Readiness over time')
    await page.selectOption('form[aria-label="What if"] select >> nth=0', '24h')
    await page.selectOption('select[name=for]', '24h')
    await page.click('text=Work it out')
    // Nothing was learned a day ago: all that was asked since would have been refused.
    await page.waitForSelector('[data-whatif]')
    t.match(await page.textContent('[data-whatif]'), /0\.0 % would have been answered well/)
    t.match(await page.textContent('[data-whatif]'), /The history has nothing from before/)
    t.match(page.url(), /at=20\d\d-.*&for=24h/, 'what was asked for can be shared')
    await looksRight(t, page, 'what if')
    // Another one, after all that was learned.
    const now = new Date().toISOString()
    for (let i = 0; i < 3; i++) await proxy.get('/users/4')
    await proxy.get('/users/7')
    await proxy.settled()
    await written(proxy)
    await page.goto(`${base}/immortality?at=${now}&for=1h`)
    await page.waitForSelector('[data-whatif] >> text=would have been answered well')
    t.match(await page.textContent('[data-whatif]'), /100\.0 % would have been answered well, of 4 requests/)
    await looksRight(t, page, 'what if, answered')
  })

  await t.test('a drill is begun and ended', async t => {
    await page.goto(`${base}/immortality`)
    await page.click('text=Begin a drill …')
    await page.click('text=Yes, begin')
    await page.click('text=End it now')
    await page.waitForSelector('text=it was ended by hand')
    t.match(await proxy.admin('/api/drills'), { drills: [{ state: 'ended', plan: { kind: 'blackout', share: 0.1 } }] })
  })

  await t.test('an outage cannot be overlooked, ghosts are shown, and it is over when it is over', async t => {
    await page.goto(`${base}/live`)
    await settled(page)
    await page.waitForSelector('header[data-mood=well]')
    await origin.kill()
    const asked = ask(proxy)
    await page.waitForSelector('header[data-mood=outage]')
    await becomesTrue(page, `document.title.includes('OUTAGE')`)
    await page.waitForSelector('[role=row] >> text=exact')
    await page.waitForSelector('text=Outage began')
    await looksRight(t, page, 'outage')
    await page.goto(`${base}/outages`)
    await page.waitForSelector('[role=row] >> text=running')
    await origin.start()
    await page.waitForSelector('header[data-mood=well]')
    await page.waitForSelector('[role=row] >> text=done')
    await page.click('[role=row] a')
    await page.waitForSelector('text=Reconciliation')
    await looksRight(t, page, 'report')
    asked.stop()
    await asked.ended
  })
  t.same(complaints, [], 'still nothing')

  await t.test('with the proxy gone it keeps what it has, says so, and comes back by itself', async t => {
    await page.goto(`${base}/live`)
    await settled(page)
    await proxy.get('/users/1')
    await page.waitForSelector('[role=row]:has-text("/users/1")')
    await proxy.stop('SIGKILL')
    await page.waitForSelector('[data-phase=lost]')
    t.match(await page.textContent('[data-notice]'), 'does not answer')
    t.match(await page.title(), 'not connected')
    t.match(await page.textContent('main'), '/users/1', 'what was there is there')
    await page.click('nav >> text=Health')
    await page.waitForSelector('text=The proxy does not answer')
    const ports = { CHAOS_ADMIN_PORT: String(proxy.adminPort), CHAOS_ADMIN_TOKEN: '' }
    const second = await startProxy(t, origin.url, { ...env, ...ports, CHAOS_DATA_DIR: proxy.dataDir })
    await page.waitForSelector('[data-phase=open]')
    t.match(await page.textContent('[data-notice]'), 'started anew')
    await page.waitForSelector('text=Circuit of the upstream')
    await second.stop('SIGKILL')
  })
})

t.test('with a token set the page asks for it, keeps it nowhere, and shows nothing before', { skip }, async t => {
  const origin = await startChildOrigin(t, program)
  const proxy = await startProxy(t, origin.url, { CHAOS_ADMIN_TOKEN: 'open sesame' })
  const { page } = await openPage(t, browser!)
  await page.goto(`http://127.0.0.1:${proxy.adminPort}/settings`)
  await page.waitForSelector('#token')
  await looksRight(t, page, 'login')
  await page.fill('#token', 'wrong')
  await page.click('text=Enter')
  await page.waitForSelector('text=This is not a token')
  await page.fill('#token', 'open sesame')
  await page.keyboard.press('Enter')
  await page.waitForSelector('text=CHAOS_ADMIN_TOKEN')
  await page.waitForSelector('[data-phase=open]')
  t.notMatch(page.url(), 'sesame')
  t.notMatch(await page.textContent('main'), 'sesame', 'it is masked')
  t.equal(await page.evaluate('localStorage.length + sessionStorage.length'), 0)
  t.equal(await page.evaluate('document.cookie'), '', 'no script can read the session')
  await page.reload()
  await page.waitForSelector('[data-phase=open]')
  await page.click('text=Log out (operate)')
  await page.waitForSelector('#token')
  await page.reload()
  await page.waitForSelector('#token')
})

/** Keeps asking, one after the other. */
function ask(proxy: Running): { stop(): void; ended: Promise<void> } {
  let goes = true
  const run = async (): Promise<void> => {
    while (goes) {
      await proxy.get('/users/3').catch(() => {})
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  const stop = (): void => {
    goes = false
  }
  return { stop, ended: run() }
}
