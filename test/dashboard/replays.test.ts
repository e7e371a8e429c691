// Replays in a real browser: a real proxy records a real backend, and sends it to another one that is not quite the same.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Har } from '../../core/contract/har.js'
import type { ReplayReport, ReplaySummary } from '../../core/contract/replays.js'
import { chromiumPath, openChromium } from '../support/browser.js'
import { startChildOrigin } from '../support/child-origin.js'
import { looksRight, openPage, settled, written } from '../support/dashboard-page.js'
import { startProxy } from '../support/proxy.js'

const program = fileURLToPath(new URL('../support/origin-process.js', import.meta.url))
const skip = chromiumPath === undefined ? 'there is no Chromium on this machine (Debian: apt install chromium)' : false

/** The origin of the tests once more, but `big` of the third user is another one, and the fourth has none. */
async function openOther(): Promise<{ readonly url: string; readonly seen: string[] }> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    const { method, url = '' } = request
    seen.push(`${method} ${url}`)
    const id = Number(url.slice('/users/'.length))
    const user = { id, name: `User ${id}`, ...(id === 4 ? {} : { big: id === 3 ? 2 : 1 }) }
    const fields = method === 'POST' ? { location: '/users/1000' } : { etag: `"u${id}"` }
    response.writeHead(method === 'POST' ? 201 : 200, { 'content-type': 'application/json', ...fields })
    response.end(JSON.stringify(method === 'POST' ? { id: 1000 } : user))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

t.test(
  'replays are begun, watched, steered and read; exchanges go on to others',
  { skip, timeout: 600_000 },
  async t => {
    const browser = await openChromium(t)
    const origin = await startChildOrigin(t, program)
    const other = await openOther()
    const proxy = await startProxy(t, origin.url, { CHAOS_HISTORY_RATE: '1000000', CHAOS_REPLAY_TARGETS: other.url })
    const ann = { authorization: 'Bearer the secret of Ann' }
    // The history names the route of a request only where it was learned by then; these came before.
    for (let id = 101; id <= 104; id++) await proxy.get(`/users/${id}`)
    await proxy.get('/me', ann)
    await proxy.settled()
    for (let id = 1; id <= 8; id++) await proxy.get(`/users/${id}`)
    await proxy.send('POST', '/users', { headers: { 'content-type': 'application/json' }, body: '{"name":"Eve"}' })
    await proxy.get('/me', ann)
    await proxy.settled()
    await written(proxy)
    const { page, complaints } = await openPage(t, browser)
    const base = `http://127.0.0.1:${proxy.adminPort}`

    /** Of what was begun on the page that is shown. */
    const ended = async (): Promise<string> => {
      await page.waitForURL('**/replays/*')
      await page.waitForSelector('[data-replay=ended]')
      return new URL(page.url()).pathname.split('/')[2]!
    }

    await t.test('by the form: what differs is there to be read, by route and field by field', async t => {
      await page.goto(`${base}/replays`)
      await settled(page)
      await page.waitForSelector('text=There was no replay')
      t.equal(await page.inputValue('input[name=target]'), other.url, 'the only one that is allowed')
      await page.selectOption('[aria-label="Add a learned route"]', 'GET /users/{id}')
      await page.selectOption('select[name=pace]', 'fast')
      await looksRight(t, page, 'the form of a replay')
      await page.click('button:has-text("Begin")')
      const id = await ended()
      t.match(await page.textContent('[data-replay]'), '2 of 12 answers were not as recorded.')
      t.equal(await page.locator('[data-difference]').count(), 2)
      const third = page.locator('[data-difference]:has-text("/users/3")')
      t.match(await third.innerText(), /\/big\s+expected\s+1\s+got\s+2/)
      t.match(
        await page.locator('[data-difference]:has-text("/users/4")').innerText(),
        /\/big\s+expected\s+number\s+got\s+not there/,
      )
      await looksRight(t, page, 'the report of a replay')
      await page.click('[role=region][aria-label="By route"] button:has-text("GET /users/{id}")')
      await page.waitForSelector('text=Differences of GET /users/{id}')
      t.match(page.url(), /route=/, 'what is shown stands in the URL')

      await t.test('as files', async t => {
        const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=As JSON')])
        t.equal(download.suggestedFilename(), `replay-${id}.json`)
        const report = JSON.parse(readFileSync(await download.path(), 'utf8')) as ReplayReport
        t.match(report, {
          id,
          totals: { sent: 12, different: 2 },
          plan: { routes: ['GET /users/{id}'], writes: false },
        })
        const [printed] = await Promise.all([page.waitForEvent('popup'), page.click('text=As a page to print')])
        await printed.waitForSelector(`h1:has-text("Replay to ${other.url}")`)
        await printed.close()
      })

      await page.click('text=All replays')
      await page.waitForSelector('[role=row] >> text=2 of 12 answers were not as recorded.')
      await looksRight(t, page, 'the list of replays')
    })

    await t.test('what is refused is said at the field that it is about, and nothing is sent', async t => {
      const before = other.seen.length
      await page.goto(`${base}/replays?from=1h`)
      await page.waitForSelector('input[name=from]')
      for (const [name, wrong, right, says] of [
        ['target', 'http://169.254.169.254/', other.url, 'not in the allow-list'],
        ['from', 'yesterday', '1h', 'such as 15m'],
        ['status', 'bad', '', 'like 503, 5xx or 400-499'],
        ['methods', 'GET, DELETE', '', 'DELETE may change what is at the target'],
        ['limit', 'many', '', 'limit is "many"'],
        ['sample', '2', '', 'from 0 to 1'],
        ['connections', '0', '', 'from 1 to 1024'],
        ['ignored', 'fetchedAt', '', 'no place'],
        ['secrets', 'not JSON', '', 'must be an object'],
      ] as const) {
        // Those that are seldom wanted are hidden until something is wrong with them.
        await page.evaluate(
          `{ const one = document.querySelector('main form').elements.namedItem('${name}'); one.value = ${JSON.stringify(wrong)} }`,
        )
        await page.click('button:has-text("Begin")')
        await page.waitForSelector(`[data-field=${name}] [role=alert]:has-text(${JSON.stringify(says)})`)
        await page.waitForSelector(`[name=${name}]:focus`)
        t.equal(await page.getAttribute(`[name=${name}]`, 'aria-invalid'), 'true', name)
        if (name === 'target') await looksRight(t, page, 'a replay that is refused')
        await page.fill(`[name=${name}]`, right)
      }
      await page.selectOption('select[name=source]', 'har')
      await page.click('button:has-text("Begin")')
      await page.waitForSelector('[data-field=har] [role=alert]:has-text("choose a HAR file")')
      await page.setInputFiles('input[name=har]', {
        ...{ name: 'a.har', mimeType: 'application/json', buffer: Buffer.from('{"log": 7}') },
      })
      await page.click('button:has-text("Begin")')
      await page.waitForSelector('[data-field=har] [role=alert]:has-text("entries")')
      const { replays } = await proxy.admin<{ replays: ReplaySummary[] }>('/api/replays')
      t.same([...new Set(replays.map(({ state }) => state))], ['ended'], 'half of it does not wait for the rest')
      t.equal(other.seen.length, before)
      t.ok(
        complaints.splice(0).every(one => /status of 40[03]/.test(one)),
        'which is all that the browser complains of',
      )
    })

    await t.test('it is paused, goes on and is stopped; another one has to wait', async t => {
      await page.goto(`${base}/replays?perSecond=0.001&pace=rate`)
      await page.click('button:has-text("Begin")')
      await page.waitForURL('**/replays/*')
      await page.click('button:has-text("Pause")')
      await page.waitForSelector('[data-replay=paused]:has-text("paused by hand")')
      await looksRight(t, page, 'a replay that is paused')
      await page.click('button:has-text("Resume")')
      await page.waitForSelector('[data-replay=running]')
      const watched = page.url()
      await page.click('text=All replays')
      await page.waitForSelector('text=Watch it')
      await page.click('button:has-text("Begin")')
      await page.waitForSelector('form [role=alert]:has-text("one replay runs at a time")')
      t.match(complaints.splice(0), [/status of 409/])
      await page.goto(watched)
      await page.click('button:has-text("Stop")')
      await page.waitForSelector('[data-replay=ended]:has-text("stopped by hand")')
      t.equal(await page.locator('button:has-text("Stop")').count(), 0)
    })

    await t.test('HAR: what the filters show goes out, and comes back by the form', async t => {
      await page.goto(`${base}/exchanges?from=1h&method=POST`)
      await settled(page)
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('text=Export HAR')])
      t.equal(download.suggestedFilename(), 'exchanges.har')
      const file = await download.path()
      const { entries } = (JSON.parse(readFileSync(file, 'utf8')) as Har).log
      t.match(entries, [
        { request: { method: 'POST', url: `${origin.url}/users`, postData: { text: '{"name":"Eve"}' } } },
      ])
      t.equal(entries.length, 1)
      await page.waitForSelector('text=1 exchange in exchanges.har.')
      await page.goto(`${base}/exchanges?method=PATCH`)
      await page.click('text=Export HAR')
      await page.waitForSelector('text=Of these nothing is kept')
      other.seen.length = 0
      await page.goto(`${base}/replays?source=har`)
      await page.setInputFiles('input[name=har]', file)
      await page.check('input[name=writes]')
      await page.click('button:has-text("Begin, with writes")')
      await ended()
      t.match(await page.textContent('[data-replay]'), 'The answer was as recorded')
      t.same(other.seen, ['POST /users'])
    })

    await t.test('the exchanges that are shown become those of the form', async t => {
      await page.goto(`${base}/exchanges?from=1h&route=GET+/users/{id}&status=2xx&method=GET&by=upstream`)
      await page.click('text=Replay these')
      await page.waitForURL('**/replays?*')
      await page.waitForSelector('input[name=from]')
      const values = async (...names: string[]) => Promise.all(names.map(name => page.inputValue(`[name=${name}]`)))
      t.same(await values('from', 'status', 'methods', 'routes'), ['1h', '2xx', 'GET', 'GET /users/{id}'])
    })

    await t.test('one exchange: its answer of now beside that of then', async t => {
      other.seen.length = 0
      await page.goto(`${base}/exchanges?from=1h`)
      await page.click('[role=row] button:text-is("/users/3")')
      await page.click('text=Send it again')
      await page.waitForSelector('[data-replayed]')
      t.match(await page.locator('[data-replayed]').innerText(), /\/big\s+expected\s+1\s+got\s+2/)
      t.same(other.seen, ['GET /users/3'])
      await looksRight(t, page, 'one exchange replayed')
      await page.click('[role=row] button:text-is("/users/5")')
      await page.waitForSelector('[data-exchange] >> text=Send it again')
      await page.click('text=Send it again')
      await page.waitForSelector('[data-replayed] >> text=The answer was as recorded.')

      await t.test('a write only where that is said', async t => {
        await page.goto(`${base}/exchanges?from=1h&method=POST`)
        await page.click('[role=row] button:text-is("/users")')
        await page.waitForSelector('button:has-text("Send it again"):disabled')
        await page.check('input[name=writes]')
        await page.click('text=Send it again')
        await page.waitForSelector('[data-replayed]')
        t.same(other.seen.slice(2), ['POST /users'])
      })

      await t.test('what needs credentials is not sent, and the way to send it is there', async t => {
        await page.goto(`${base}/exchanges?from=1h&route=GET+/me`)
        await page.click('[role=row] button:text-is("/me")')
        await page.click('text=Send it again')
        await page.waitForSelector('[data-replayed] >> text=they need credentials')
        t.equal(other.seen.length, 3)
        await page.click('text=With secrets, and more')
        await page.click('summary:has-text("Secrets")')
        await page.fill('[name=secrets]', '{"scopes": {"*": {"authorization": "Bearer the other secret"}}}')
        await page.click('button:has-text("Begin")')
        const id = await ended()
        t.same(other.seen.slice(3), ['GET /me'])
        t.notMatch(JSON.stringify(await proxy.admin(`/api/replays/${id}`)) + proxy.output(), /the other secret/)
      })
    })
    t.same(complaints, [], 'nothing else to complain of')

    await t.test('with the proxy gone the report stays', async t => {
      await proxy.stop('SIGKILL')
      await page.waitForSelector('[data-phase=lost]')
      t.match(await page.textContent('main'), 'What was asked for')
      await looksRight(t, page, 'a report, and the proxy gone')
    })
  },
)
