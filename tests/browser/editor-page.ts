import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import type { NodeInstance, Workflow } from '@patchbay/engine/workflow'
import { startTestServer, type TestServer } from '../../packages/server/src/testing/test-server.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const editor = join(root, 'packages/editor')
const pack = join(root, 'tests/fixtures/editor-pack')

/**
 * The browser to test in; none when it was ruled out (an empty variable) or is not installed.
 * @throws Error in CI, where a missing browser is a failure and no reason to skip.
 */
function chromiumPath(): string | undefined {
  const named = process.env['PATCHBAY_CHROMIUM']
  const path = named ?? '/usr/bin/chromium'
  if (path !== '' && existsSync(path)) return path
  if (process.env['CI'])
    throw new Error('The browser tests need a Chromium in CI. Name one: PATCHBAY_CHROMIUM=/path/to/chromium')
  return undefined
}

function newest(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0)
}

/** Builds the editor if its sources are newer than its build; one test file does it, the others wait. */
export async function ensureEditorBuilt(): Promise<void> {
  const built = join(editor, 'dist/index.html')
  const isCurrent = (): boolean => existsSync(built) && statSync(built).mtimeMs >= newest(join(editor, 'src'))
  const lock = join(root, 'node_modules/.cache/editor-build.lock')
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true })
  for (let waited = 0; !isCurrent(); waited++) {
    try {
      mkdirSync(lock)
    } catch {
      if (waited > 240) rmSync(lock, { recursive: true, force: true })
      await sleep(250)
      continue
    }
    try {
      execFileSync(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error'], {
        cwd: editor,
        stdio: 'ignore',
      })
    } finally {
      rmSync(lock, { recursive: true, force: true })
    }
  }
}

/** A port that nothing listens on, so that a server that is started again has the address that it had. */
async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** A server answers before its runner has loaded the nodes; waits until there are some. */
async function nodesOf({ client }: TestServer): Promise<void> {
  for (let waited = 0; waited < 240; waited++) {
    const { nodes } = await client.manifest().catch(() => ({ nodes: [] }))
    if (nodes.length > 0) return
    await sleep(250)
  }
  throw new Error('The runner has not loaded its nodes within a minute.')
}

export interface Scene {
  readonly server: () => TestServer
  /** Stops the server and starts another on the same port over the same data. */
  readonly restartServer: () => Promise<void>
  /** A fresh person at a fresh page; the workflow is opened from the server. */
  readonly open: (workflow?: Workflow, options?: OpenOptions) => Promise<EditorPage>
}
export interface OpenOptions {
  readonly context?: BrowserContextOptions
  readonly query?: string
}

/** Scenarios in one browser against one server. Skipped where there is no Chromium: set PATCHBAY_CHROMIUM to name one. */
export function describeInBrowser(
  title: string,
  scenarios: (scene: Scene) => void,
  options: { readonly builtInNodes?: boolean } = {},
): void {
  const path = chromiumPath()
  const named = path === undefined ? `${title} (skipped: no Chromium; name one with PATCHBAY_CHROMIUM)` : title
  describe.skipIf(path === undefined)(named, () => {
    let server: TestServer | undefined
    let browser: Browser | undefined
    const running = (): TestServer => {
      if (!server) throw new Error('The server is started before the scenarios.')
      return server
    }
    beforeAll(async () => {
      await ensureEditorBuilt()
      server = await startTestServer({ nodePacks: [pack], port: await freePort(), ...options })
      await nodesOf(server)
      browser = await chromium.launch({
        executablePath: path ?? '',
        args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
      })
    }, 120_000)
    afterEach(async () => {
      await Promise.all(browser?.contexts().map((context) => context.close()) ?? [])
    })
    afterAll(async () => {
      await browser?.close()
      await server?.close()
    })
    scenarios({
      server: running,
      restartServer: async () => {
        server = await running().restart()
      },
      open: async (workflow, options = {}) => {
        const context = await browser?.newContext({
          viewport: { width: 1400, height: 880 },
          reducedMotion: 'reduce',
          locale: 'en-GB',
          permissions: ['clipboard-read', 'clipboard-write'],
          ...options.context,
        })
        if (!context) throw new Error('The browser is started before the scenarios.')
        const page = await context.newPage()
        page.setDefaultTimeout(10_000)
        const opened = new EditorPage(page)
        const saved =
          workflow && (await running().client.workflows.create({ document: workflow, name: workflow.name ?? 'test' }))
        const query = options.query ?? (saved ? `?workflow=${saved.id}` : '')
        await page.goto(`${running().url}/${query}`)
        await opened.ready()
        return opened
      },
    })
  })
}

/** The editor as a person uses it. */
export class EditorPage {
  readonly page: Page
  /** Errors that the page threw; a scenario ends with none. */
  readonly faults: string[] = []

  constructor(page: Page) {
    this.page = page
    page.on('pageerror', (error) => this.faults.push(error.message))
  }

  async ready(): Promise<void> {
    await this.page.locator('.shell').waitFor()
    await this.page.waitForFunction(() => document.querySelector('.offline, .loading-nodes') === null)
    await this.settled()
  }

  /** Waits until the view stands still: what was measured before would lie elsewhere a moment later. */
  private async settled(): Promise<void> {
    const placeOf = (): Promise<string> =>
      this.page.evaluate(() => JSON.stringify(document.querySelector('[data-node]')?.getBoundingClientRect() ?? null))
    for (let before = await placeOf(); ;) {
      await this.page.waitForTimeout(60)
      const now = await placeOf()
      if (now === before) return
      before = now
    }
  }

  node(id: string): Locator {
    return this.page.locator(`[data-node="${id}"] .node`)
  }
  title(id: string): Locator {
    return this.node(id).locator('.node-title')
  }
  socket(id: string, side: 'input' | 'output', name: string): Locator {
    return this.node(id).locator(`.socket[data-side=${side}][data-socket="${name}"]`)
  }
  widget(id: string, input: string): Locator {
    return this.page.locator(`#value-${id}-${input}`)
  }
  toast(text: string | RegExp): Locator {
    return this.page.locator('.toast').filter({ hasText: text })
  }
  nodes(): Locator {
    return this.page.locator('[data-node]')
  }

  async center(target: Locator): Promise<{ x: number; y: number }> {
    const box = await target.boundingBox()
    if (!box) throw new Error('What is pointed at must be on the page.')
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  }

  /** Where a place of the canvas is on the page, in pixels. */
  async onScreen(x: number, y: number): Promise<{ x: number; y: number }> {
    return this.page.evaluate(
      ([left = 0, top = 0]) => {
        const stage = document.querySelector('.stage')
        const holder = [...(stage?.children ?? [])].find((child) => child.querySelector('[data-node]'))
        const matrix = new DOMMatrix(holder ? getComputedStyle(holder).transform : '')
        const at = matrix.transformPoint(new DOMPoint(left, top))
        const box = stage?.getBoundingClientRect()
        return { x: at.x + (box?.x ?? 0), y: at.y + (box?.y ?? 0) }
      },
      [x, y],
    )
  }

  async dragTo(from: Locator | { x: number; y: number }, to: Locator | { x: number; y: number }): Promise<void> {
    const start = 'x' in from ? from : await this.center(from)
    const end = 'x' in to ? to : await this.center(to)
    await this.page.mouse.move(start.x, start.y)
    await this.page.mouse.down()
    await this.page.mouse.move((start.x + end.x) / 2, (start.y + end.y) / 2, { steps: 4 })
    await this.page.mouse.move(end.x, end.y, { steps: 4 })
    await this.page.mouse.up()
  }

  async link(from: string, output: string, to: string, input: string): Promise<void> {
    await this.dragTo(this.socket(from, 'output', output), this.socket(to, 'input', input))
  }

  /** Opens the search at a point of the page and takes the first answer. */
  async add(query: string, at: { x: number; y: number }): Promise<void> {
    const before = await this.nodes().count()
    await this.page.mouse.dblclick(at.x, at.y)
    await this.page.locator('.palette input').fill(query)
    await this.page.keyboard.press('Enter')
    await this.page.waitForFunction((count) => document.querySelectorAll('[data-node]').length > count, before)
  }

  /** Presses keys with the focus on nothing, so that they are commands. */
  async press(...keys: string[]): Promise<void> {
    await this.page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur())
    for (const key of keys) await this.page.keyboard.press(key)
  }

  /** The document as saving it would write it. */
  async document(): Promise<Workflow> {
    const download = this.page.waitForEvent('download')
    await this.page.locator('.brand').click()
    await this.page.getByRole('menuitem', { name: 'Download as a file' }).click()
    await this.page.locator('.menu').waitFor({ state: 'detached' })
    const stream = await (await download).createReadStream()
    let text = ''
    for await (const chunk of stream) text += String(chunk)
    return JSON.parse(text)
  }
}

export function node(
  type: string,
  values: NodeInstance['values'] = {},
  links: NodeInstance['links'] = {},
): NodeInstance {
  return { type, version: 1, values, links }
}

/** A whole text-to-image workflow of the test nodes. */
export function textToImage(values: NodeInstance['values'] = {}): Workflow {
  return {
    format: 'patchbay-workflow',
    version: 1,
    name: 'Text to image',
    nodes: {
      '1': node('LoadModel'),
      '2': node('EncodePrompt', { text: 'a red fox' }, { model: { node: '1', output: 'model' } }),
      '3': node('Sample', values, {
        model: { node: '1', output: 'model' },
        positive: { node: '2', output: 'conditioning' },
      }),
      '4': node('Decode', {}, { latents: { node: '3', output: 'latents' } }),
      '5': node('SaveImage', {}, { image: { node: '4', output: 'image' } }),
    },
    layout: {
      nodes: {
        '1': { x: 0, y: 0 },
        '2': { x: 0, y: 160 },
        '3': { x: 330, y: 0 },
        '4': { x: 660, y: 0 },
        '5': { x: 660, y: 140 },
      },
    },
  }
}

/** Two numbers that are added and shown. */
export function sums(): Workflow {
  return {
    format: 'patchbay-workflow',
    version: 1,
    name: 'Sums',
    nodes: {
      '1': node('Add', { a: 1, b: 2 }),
      '2': node('Add', { b: 10 }, { a: { node: '1', output: 'sum' } }),
      '3': node('Show', {}, { value: { node: '2', output: 'sum' } }),
    },
    layout: { nodes: { '1': { x: 0, y: 0 }, '2': { x: 330, y: 0 }, '3': { x: 660, y: 0 } } },
  }
}
