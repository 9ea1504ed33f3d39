// npm run pictures: remakes docs/pictures from the editor itself, running the text-to-image workflow on a server of its own.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { ensureChromium } from './chromium.mjs'
import { ensureInstalled, must, root } from './workspace.mjs'

await ensureInstalled()
const executablePath = await ensureChromium()
if (!executablePath) process.exit(1)
await must('The build', 'npm', ['run', '--silent', 'build'])

const data = mkdtempSync(join(tmpdir(), 'patchbay-pictures-'))
const arguments_ = [join(root, 'packages/server/bin/patchbay.js'), 'serve', '--port', '0', '--data-directory', data]
const server = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'inherit'] })
const address = await new Promise((resolve, reject) => {
  let text = ''
  server.stdout.on('data', (chunk) => {
    text += chunk
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text)
    if (found) resolve(found[0])
  })
  server.once('exit', (code) => reject(new Error(`The server ended with ${code} before it was ready`)))
})

const folder = join(root, 'docs/pictures')
mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
})
try {
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme })
    await page.goto(address)
    await page.getByText('Save image').first().waitFor()
    await page.keyboard.press('Control+Enter')
    await page.locator('img').first().waitFor({ timeout: 60_000 })
    await page.waitForTimeout(6000)
    await page.screenshot({ path: join(folder, colorScheme === 'light' ? 'editor.png' : 'editor-dark.png') })
    await page.close()
  }
} finally {
  await browser.close()
  server.kill()
  rmSync(data, { recursive: true, force: true })
}
