// Finds a Chromium for the browser tests: the machine's own, else Debian's package, else Playwright's download.
import { existsSync } from 'node:fs'
import { bin, run } from './workspace.mjs'

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

function installed() {
  return [process.env.PATCHBAY_CHROMIUM, ...usual].find((path) => path && existsSync(path))
}

async function fromPlaywright() {
  const { chromium } = await import('playwright-core')
  return existsSync(chromium.executablePath()) ? chromium.executablePath() : undefined
}

const quiet = { stdio: ['ignore', 'ignore', 'inherit'] }

async function installWithApt() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  console.error('Installing Chromium for the browser tests (apt-get install chromium) …')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await run('apt-get', ['update', '-qq'], { ...quiet, env })
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], { ...quiet, env })
}

async function installWithPlaywright() {
  console.error('Installing Chromium for the browser tests (playwright-core install chromium) …')
  await run(bin('playwright-core'), ['install', 'chromium'], quiet)
}

/** The path of a Chromium, or undefined (the browser tests then skip, or fail in CI, and this says so). */
export async function ensureChromium() {
  for (const attempt of [async () => {}, installWithApt, installWithPlaywright]) {
    await attempt()
    const path = installed() ?? (await fromPlaywright())
    if (path) return path
  }
  console.error(
    `No Chromium could be found or installed, so the browser tests ${process.env.CI ? 'fail' : 'are skipped'}. ` +
      'Install Chromium or Chrome, or name one: PATCHBAY_CHROMIUM=/path/to/chromium npm test',
  )
  return undefined
}
