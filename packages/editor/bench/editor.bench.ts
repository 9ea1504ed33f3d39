/*
 * How the editor behaves with many nodes, in headless Chromium: opening, and frame times while panning, zooming and dragging. Frames
 * are measured by requestAnimationFrame in the page, so that a frame that is dropped counts as a long one.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { chromium, type Page } from 'playwright-core'
import type { NodeInstance, NodeLayout, Workflow } from '@patchbay/engine/workflow'
import { startTestServer } from '../../server/src/testing/test-server.ts'

const asJson = process.argv.includes('--json')
const root = fileURLToPath(new URL('../../..', import.meta.url))
const dist = join(root, 'packages/editor/dist')

interface Target {
  readonly most: number
}

function report(metric: string, value: number, unit: string, target?: Target, details: object = {}): void {
  const rounded = Number(value.toFixed(1))
  const outcome = target ? { target: `<= ${target.most}`, holds: value <= target.most } : {}
  const line = { bench: 'editor', metric, value: rounded, unit, ...outcome, ...details }
  console.log(
    asJson
      ? JSON.stringify(line)
      : `${metric.padEnd(28)}${String(rounded).padStart(9)} ${unit}  ${JSON.stringify(outcome)}`,
  )
}

/** A grid of samplers, each fed by its left neighbour. */
function grid(count: number): Workflow {
  const rows = Math.ceil(Math.sqrt(count))
  const nodes: Record<string, NodeInstance> = {}
  const places: Record<string, NodeLayout> = {}
  for (let index = 0; index < count; index++) {
    const links: NodeInstance['links'] =
      index >= rows ? { positive: { node: String(index + 1 - rows), output: 'conditioning' } } : {}
    const type = Math.floor(index / rows) % 2 === 0 ? 'EncodePrompt' : 'Sample'
    nodes[String(index + 1)] = { type, version: 1, values: {}, links: type === 'Sample' ? links : {} }
    places[String(index + 1)] = { x: Math.floor(index / rows) * 340, y: (index % rows) * 330 }
  }
  return { format: 'patchbay-workflow', version: 1, name: `${count} nodes`, nodes, layout: { nodes: places } }
}

/** The 95th percentile of the time between frames while something is done, in milliseconds. */
async function frames(page: Page, act: () => Promise<void>): Promise<{ p95: number; median: number; count: number }> {
  await page.evaluate(() => {
    const times: number[] = []
    let last = performance.now()
    const tick = (now: number): void => {
      times.push(now - last)
      last = now
      Reflect.set(window, 'frame', requestAnimationFrame(tick))
    }
    Reflect.set(window, 'times', times)
    Reflect.set(window, 'frame', requestAnimationFrame(tick))
  })
  await act()
  const times = await page.evaluate((): number[] => {
    cancelAnimationFrame(Number(Reflect.get(window, 'frame')))
    return Reflect.get(window, 'times')
  })
  const sorted = times.slice(1).sort((a, b) => a - b)
  const at = (fraction: number): number => sorted[Math.floor(sorted.length * fraction)] ?? 0
  return { p95: at(0.95), median: at(0.5), count: sorted.length }
}

async function pan(page: Page): Promise<void> {
  await page.mouse.move(720, 450)
  await page.mouse.down({ button: 'middle' })
  for (let step = 1; step <= 60; step++) await page.mouse.move(720 - Math.sin(step / 10) * 300, 450 - step * 2)
  await page.mouse.up({ button: 'middle' })
}

async function zoom(page: Page): Promise<void> {
  await page.mouse.move(720, 450)
  for (let step = 0; step < 60; step++) await page.mouse.wheel(0, step % 30 < 15 ? -60 : 60)
}

async function drag(page: Page): Promise<void> {
  const titles = await page.locator('.node-title').all()
  for (const title of titles) {
    const box = await title.boundingBox()
    if (!box || box.x < 300 || box.x > 900 || box.y < 200 || box.y > 600) continue
    await page.mouse.move(box.x + 20, box.y + 8)
    await page.mouse.down()
    for (let step = 1; step <= 60; step++) await page.mouse.move(box.x + 20 + step * 3, box.y + 8 + step)
    await page.mouse.up()
    return
  }
}

/** Bytes of compressed JavaScript and style that the page needs before it can be used. */
function firstLoad(): number {
  const page = readFileSync(join(dist, 'index.html'), 'utf8')
  const needed = readdirSync(join(dist, 'assets')).filter((file) => page.includes(file))
  return needed.reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, 'assets', file))).length, 0)
}

const path = process.env['PATCHBAY_CHROMIUM'] ?? '/usr/bin/chromium'
if (!existsSync(path) || !existsSync(dist)) {
  console.error('This benchmark needs Chromium (PATCHBAY_CHROMIUM) and a build of the editor (npm run build).')
  process.exit(1)
}
report('first_load_kb', firstLoad() / 1000, 'kB', { most: 500 }, { built: statSync(dist).mtime.toISOString() })

const server = await startTestServer({ nodePacks: [join(root, 'tests/fixtures/editor-pack')] })
while ((await server.client.manifest().catch(() => ({ nodes: [] }))).nodes.length === 0) {
  await new Promise((resolve) => setTimeout(resolve, 200))
}
const browser = await chromium.launch({
  executablePath: path,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
})
try {
  for (const count of [100, 500, 1000, 2000]) {
    const { id } = await server.client.workflows.create({ document: grid(count), name: `${count} nodes` })
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    // The loader names functions by a helper that pages do not have.
    await page.addInitScript('globalThis.__name = (named) => named')
    await page.goto(`${server.url}/?workflow=${id}`)
    await page.waitForFunction((wanted) => document.querySelectorAll('[data-node]').length === wanted, count)
    const opened = await page.evaluate(() => performance.now())
    const painted = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0)
    report(`open_${count}_ms`, opened, 'ms', count === 1000 ? { most: 2000 } : undefined, {
      firstPaintMs: Math.round(painted),
    })
    await page.waitForTimeout(1500)
    const smooth = count <= 1000 ? { most: 34 } : undefined
    const zoomed = await frames(page, () => zoom(page))
    report(`zoom_p95_frame_ms_${count}`, zoomed.p95, 'ms', smooth, zoomed)
    await page.locator('.zoom').click()
    await page.waitForTimeout(800)
    const panned = await frames(page, () => pan(page))
    report(`pan_p95_frame_ms_${count}`, panned.p95, 'ms', smooth, panned)
    const dragged = await frames(page, () => drag(page))
    report(`drag_p95_frame_ms_${count}`, dragged.p95, 'ms', smooth, dragged)
    await page.close()
  }
} finally {
  await browser.close()
  await server.close()
}
