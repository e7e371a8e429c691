// The dashboard in a real browser: opened, waited for, and looked at as people with other eyes and other screens would.
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { HistoryStatus } from '../../core/contract/history.js'
import { patience } from './patience.js'
import type { Proxy as Running } from './proxy.js'

export const WITHIN_MS = 60_000

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8')
const usual = { width: 1280, height: 800 } as const
const screens = [
  { width: 1440, height: 900 },
  { width: 360, height: 740 },
] as const
/** A folder for pictures of all that is looked at; undefined: none are taken. */
const pictures = process.env.CHAOS_TEST_PICTURES

/** `complaints`: what the browser complains of: bugs, and what the policy of the page forbids. */
export async function openPage(t: Test, browser: Browser): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ viewport: usual, colorScheme: 'light' })
  const page = await context.newPage()
  page.setDefaultTimeout(WITHIN_MS)
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  t.teardown(() => context.close())
  return { page, complaints }
}

interface Finding {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}

/** Serious findings of axe on what is shown now. */
export async function findings(page: Page): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axeSource)
  const found = (await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  )) as Finding[]
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)
}

/** What reaches beyond the right edge of the screen, and can be reached by no scrolling but of the page itself. */
const overhanging = `(() => {
  const scrolls = element => element !== null && element !== document.body &&
    (getComputedStyle(element).overflowX !== 'visible' || scrolls(element.parentElement))
  return [...document.body.querySelectorAll('*')]
    .filter(element => element.getBoundingClientRect().right > innerWidth + 1 && !scrolls(element.parentElement))
    .map(element => element.outerHTML.slice(0, 120))
    .slice(0, 5)
})()`

/** What is shown now, on a desk and on a phone, light and dark: nothing serious for axe, nothing that scrolls sideways. */
export async function looksRight(t: Test, page: Page, name: string): Promise<void> {
  for (const viewport of screens) {
    await page.setViewportSize(viewport)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await becomesTrue(page, `document.documentElement.dataset.theme === '${colorScheme}'`)
      const which = `${name}, ${viewport.width} px, ${colorScheme}`
      t.same(await findings(page), [], `axe: ${which}`)
      t.same(await page.evaluate(overhanging), [], `overhanging: ${which}`)
      t.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0, `sideways: ${which}`)
      if (pictures !== undefined) await takePicture(page, pictures, which)
    }
  }
  await page.setViewportSize(usual)
  await page.emulateMedia({ colorScheme: 'light' })
}

async function takePicture(page: Page, folder: string, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name.replaceAll(/[^\w-]+/g, '_')}.png`), fullPage: true })
}

/** Not waitForFunction: where the page itself has to look more than once, its policy forbids it to evaluate a string. */
export async function becomesTrue(page: Page, expression: string): Promise<void> {
  if (!(await patience(WITHIN_MS)(() => page.evaluate(expression), Boolean)))
    throw new Error(`it does not become true: ${expression}`)
}

export async function settled(page: Page): Promise<void> {
  await page.waitForSelector('main h1')
  await becomesTrue(page, `!document.body.textContent.includes('Asking for')`)
  await page.waitForSelector('[data-phase=open]')
}

/** All that was asked until now is in the history. */
export async function written(proxy: Running): Promise<void> {
  const status = () =>
    proxy.admin<{ requests: { requests: number }; stores: { history: HistoryStatus } }>('/api/status')
  const asked = (await status()).requests.requests
  await patience(WITHIN_MS)(status, ({ stores: { history } }) => history.rows + history.sampledOut >= asked)
}
