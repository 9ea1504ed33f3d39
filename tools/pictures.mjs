// npm run pictures [view …]: remakes docs/pictures, the main views of the editor in both themes, on a server of its own, and with
// `results` what the shipped workflows make when they are run, for the gallery of templates.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { ensureChromium } from './chromium.mjs'
import { ensureInstalled, must, root } from './workspace.mjs'

const most = 300_000
/** How long a template may take to be pictured, and how large its picture is at most, in pixels. */
const patience = 240_000
const templateSize = 256

/** Runs with another seed, so that nothing of the run before can be reused but the models and the words. */
async function runAfresh(page) {
  await page.getByRole('button', { name: 'New random seed' }).first().click()
  await page.keyboard.press('Control+Enter')
  await page.locator('.node[data-state=running]').first().waitFor({ state: 'attached', timeout: 60_000 })
}

/** What each picture shows: the steps that lead there, on a page with the text-to-image workflow after its first run. */
const views = {
  editor: async () => {},
  running: async (page) => {
    await runAfresh(page)
    await page.getByText(/^Step ([5-9]|1\d) of/).waitFor({ timeout: 60_000 })
    // What was said last would lie over the nodes, and the run does not wait until it goes.
    await page.addStyleTag({ content: '.toast { display: none }' })
  },
  'app-view': async (page) => {
    await page.getByRole('radio', { name: 'App' }).click()
    await page.locator('.app-pictures img').first().waitFor()
    await page.waitForTimeout(500)
  },
  history: async (page) => {
    await runAfresh(page)
    await page.locator('.node[data-state=finished]').filter({ hasText: 'Save image' }).waitFor({ timeout: 120_000 })
    await page.locator('.rail').getByRole('button', { name: 'Jobs' }).click()
    await page.getByRole('button', { name: 'Timeline' }).click()
    await page.locator('.timeline li').first().waitFor()
    await page.locator('.job-pictures img').first().waitFor()
    await page.waitForTimeout(1500)
    await page.keyboard.press('.')
    await page.waitForTimeout(500)
  },
  difference: async (page) => {
    await page.keyboard.press('Control+s')
    const name = page.getByRole('dialog').getByLabel('Name')
    if (await name.isVisible({ timeout: 800 }).catch(() => false)) {
      await name.fill('A little owl')
      await page.keyboard.press('Enter')
    }
    await page.locator('.toast').filter({ hasText: 'Saved as version' }).waitFor()
    await page.locator('#value-positive-text').fill('a green frog with a red hat')
    await page.locator('.node-title').filter({ hasText: 'Save image' }).click()
    await page.keyboard.press('Delete')
    await page.locator('.brand').click()
    await page.getByRole('menuitem', { name: 'Versions…' }).click()
    await page.getByRole('button', { name: 'Mark on the canvas' }).first().click()
    await page.locator('.comparison-bar').waitFor()
    await page.locator('.toast').waitFor({ state: 'detached' })
  },
  templates: async (page) => {
    await page.setViewportSize({ width: 1080, height: 720 })
    await page.keyboard.press('Shift+T')
    await page.locator('.template').nth(6).waitFor()
    await page.waitForTimeout(800)
  },
  palette: async (page) => {
    await page.mouse.dblclick(560, 110)
    await page.locator('.palette input').fill('samp')
    await page.locator('.palette-choice').first().waitFor()
  },
}

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

async function take(browser, colorScheme, view) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme, locale: 'en-GB' })
  await page.goto(address)
  await page.getByText('Save image').first().waitFor()
  await page.keyboard.press('Control+Enter')
  await page.locator('img[data-kind=artifact]').first().waitFor({ timeout: 120_000 })
  await page.locator('.toast').first().waitFor({ state: 'detached' })
  await views[view](page)
  const path = join(root, 'docs/pictures', `${view}${colorScheme === 'dark' ? '-dark' : ''}.png`)
  await page.screenshot({ path })
  await page.close()
  const { size } = statSync(path)
  console.log(`${path}  ${Math.round(size / 1000)} kB`)
  if (size > most) throw new Error(`${path} has ${size} bytes; pictures of the documentation stay under ${most}.`)
}

/** The last picture that each shipped workflow makes; those that train, and those that make none, have their graph drawn instead. */
async function takeTemplates() {
  const folder = join(root, 'packages/editor/pictures')
  mkdirSync(folder, { recursive: true })
  const ask = async (path, body) => {
    const request = body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }
    const answer = await fetch(`${address}/api/v1${path}`, request)
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
    return answer
  }
  const { templates } = await (await ask('/templates')).json()
  for (const { id, document } of templates) {
    if (document.tags?.includes('training')) continue
    const path = join(folder, `${id}.webp`)
    const queued = await ask('/jobs', { document }).catch(
      (error) => void console.log(`${id}: no picture (${error.message})`),
    )
    if (!queued) continue
    const { jobs } = await queued.json()
    const until = Date.now() + patience
    let job
    do job = await (await ask(`/jobs/${jobs[0].id}?wait=20000`)).json()
    while (!['succeeded', 'failed', 'cancelled'].includes(job.state) && Date.now() < until)
    const last = job.files.filter((file) => file.kind === 'image').at(-1)
    if (job.state !== 'succeeded' || !last) {
      console.log(`${id}: no picture (${job.state}${job.error ? `: ${job.error.message}` : ''})`)
      if (job.state === 'running') await ask(`/jobs/${job.id}/cancel`, {})
      continue
    }
    const picture = await ask(`/artifacts/${last.hash}/thumbnail?size=${templateSize}`)
    const type = picture.headers.get('content-type')
    if (type !== 'image/webp') throw new Error(`The thumbnail of ${id} is ${type}, not WebP`)
    writeFileSync(path, Buffer.from(await picture.arrayBuffer()))
    console.log(`${path}  ${Math.round(statSync(path).size / 1000)} kB`)
  }
}

mkdirSync(join(root, 'docs/pictures'), { recursive: true })
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
})
try {
  const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['results', ...Object.keys(views)]
  if (wanted.includes('results')) await takeTemplates()
  for (const view of wanted.filter((one) => one !== 'results'))
    for (const scheme of ['light', 'dark']) await take(browser, scheme, view)
} finally {
  await browser.close()
  server.kill()
  rmSync(data, { recursive: true, force: true })
}
