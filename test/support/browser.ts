// A real Chromium, where the machine has one.
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium']
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Undefined: there is none; Debian has it as the package `chromium`. */
export const chromiumPath = places.find(existsSync)

/** Ends with the test. */
export async function openChromium(t: { teardown(fn: () => unknown): void }): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: chromiumPath!, args: flags })
  t.teardown(() => browser.close())
  return browser
}
