import { AxeBuilder } from '@axe-core/playwright'
import { expect, test } from 'vitest'
import { describeInBrowser, sums, textToImage, type EditorPage } from './editor-page.ts'

async function seriousFindings(editor: EditorPage): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page: editor.page }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 140)).join(' | ')}`)
}

describeInBrowser('the keyboard, phones and assistive technology', ({ open }) => {
  test('text-to-image is built and run with the keyboard alone', async () => {
    const editor = await open({ format: 'patchbay-workflow', version: 1, nodes: {} })
    for (const name of ['Load model', 'Encode prompt', 'Sample', 'Decode', 'Save image']) {
      await editor.page.keyboard.press('Space')
      await editor.page.keyboard.type(name)
      await editor.page.keyboard.press('Enter')
      await editor.page.locator('.palette').waitFor({ state: 'detached' })
    }
    await expect.poll(() => editor.nodes().count()).toBe(5)
    const linkFrom = async (id: string, socket: string, target: string): Promise<void> => {
      for (let press = 0; press < 6; press++) {
        if ((await editor.node(id).getAttribute('data-selected')) === 'true') break
        await editor.page.keyboard.press(']')
        await editor.page.waitForTimeout(150)
      }
      await editor.page.keyboard.press('l')
      for (const wanted of [socket, target]) {
        const choice = editor.page.locator('.link-choice', { hasText: wanted })
        await choice.waitFor()
        for (let press = 0; press < 20; press++) {
          if (await choice.evaluate((element) => element === document.activeElement)) break
          await editor.page.keyboard.press('ArrowDown')
        }
        await editor.page.keyboard.press('Enter')
      }
      await editor.page.locator('.dialog').waitFor({ state: 'detached' })
    }
    await linkFrom('1', '→ Model', 'Encode prompt 2')
    await linkFrom('1', '→ Model', 'Sample 3')
    await linkFrom('2', '→ Conditioning', 'Sample 3 · Positive')
    await linkFrom('3', '→ Latents', 'Decode 4')
    await linkFrom('4', '→ Image', 'Save image 5')
    await editor.page.keyboard.press('Control+Enter')
    await expect
      .poll(() => editor.page.locator('.node-picture img[data-kind=artifact]').count(), { timeout: 15_000 })
      .toBe(1)
  }, 240_000)

  test('nodes are stepped through, moved and edited without a mouse', async () => {
    const editor = await open(sums())
    await editor.press(']', ']')
    await expect.poll(() => editor.node('2').getAttribute('data-selected')).toBe('true')
    await expect.poll(() => editor.node('2').evaluate((element) => element === document.activeElement)).toBe(true)
    await editor.page.keyboard.press('ArrowRight')
    expect((await editor.document()).layout?.nodes?.['2']?.x).toBe(342)
    await editor.press('Enter')
    await editor.page.keyboard.type('5')
    await editor.page.keyboard.press('Enter')
    expect((await editor.document()).nodes['2']?.values['b']).toBe(5)
  })

  test('every command is in the list of commands', async () => {
    const editor = await open(sums())
    await editor.press('Control+k')
    await editor.page.keyboard.type('zoom in')
    const before = await editor.page.locator('.zoom').textContent()
    await editor.page.keyboard.press('Enter')
    await expect.poll(() => editor.page.locator('.zoom').textContent()).not.toBe(before)
    await editor.press('?')
    await editor.page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    expect(await editor.page.locator('.shortcuts > div').count()).toBeGreaterThan(40)
  })

  test('axe has no serious findings on the canvas, in either theme', async () => {
    const editor = await open(textToImage())
    await editor.node('5').waitFor()
    expect(await seriousFindings(editor)).toEqual([])
    await editor.page.locator('.brand').click()
    await editor.page.getByRole('menuitemradio', { name: 'Dark' }).click()
    await expect.poll(() => editor.page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark')
    expect(await seriousFindings(editor)).toEqual([])
  })

  test('40 presses of Tab from the start come to 40 different places, and nothing is scrolled away', async () => {
    const editor = await open(textToImage())
    await editor.node('5').waitFor()
    const places: string[] = []
    for (let press = 0; press < 40; press++) {
      await editor.page.keyboard.press('Tab')
      places.push(
        await editor.page.evaluate(() => {
          const focused = document.activeElement
          const box = focused?.getBoundingClientRect()
          return `${focused?.tagName} ${focused?.id} ${focused?.getAttribute('aria-label') ?? focused?.textContent} ${box?.x},${box?.y}`
        }),
      )
    }
    expect(new Set(places).size).toBe(40)
    expect(places.some((place) => place.startsWith('BODY'))).toBe(false)
    const scrolled = await editor.page.evaluate(() =>
      [...document.querySelectorAll('.stage, .workplace, .middle, .shell, body, html')].map(
        ({ scrollTop, scrollLeft }) => scrollTop + scrollLeft,
      ),
    )
    expect(scrolled.every((by) => by === 0)).toBe(true)
  })

  test('a field that Tab comes to is brought into view', async () => {
    const workflow = textToImage()
    const layout = { ...workflow.layout, view: { x: 40, y: 40, zoom: 1 } }
    const far = { ...layout, nodes: { ...layout.nodes, '5': { x: 1290, y: 640 } } }
    const editor = await open({ ...workflow, layout: far })
    await editor.node('1').waitFor()
    await editor.node('4').focus()
    const stage = await editor.page.locator('.stage').boundingBox()
    for (let press = 0; press < 20; press++) {
      await editor.page.keyboard.press('Tab')
      const isInLast = await editor.node('5').evaluate((element) => element.contains(document.activeElement))
      if (isInLast) break
    }
    const isInView = async (): Promise<boolean> => {
      const box = await editor.node('5').boundingBox()
      if (!box || !stage) return false
      return (
        box.x >= stage.x && box.y + box.height <= stage.y + stage.height && box.x + box.width <= stage.x + stage.width
      )
    }
    await expect.poll(isInView).toBe(true)
  })

  for (const theme of ['Light', 'Dark'] as const) {
    test(`axe has no serious findings in any panel, dialog, picker or menu (${theme})`, async () => {
      const editor = await open(textToImage())
      await editor.page.locator('.brand').click()
      await editor.page.getByRole('menuitemradio', { name: theme }).click()
      await editor.press('Control+Enter')
      await editor.page.locator('.node-picture img[data-kind=artifact]').waitFor()
      const found: Record<string, string[]> = {}
      const look = async (view: string): Promise<void> => {
        await editor.page.waitForTimeout(80)
        const findings = await seriousFindings(editor)
        if (findings.length > 0) found[view] = findings
      }
      const byKey = async (view: string, ...keys: string[]): Promise<void> => {
        await editor.press(...keys)
        await look(view)
        await editor.page.keyboard.press('Escape')
      }
      await look('canvas with a result')
      for (const panel of ['Nodes', 'Workflows', 'Jobs', 'Results']) {
        await editor.page.getByRole('navigation', { name: 'View' }).getByRole('button', { name: panel }).click()
        await look(panel)
      }
      await editor.page.getByRole('navigation', { name: 'View' }).getByRole('button', { name: 'Results' }).click()
      for (const panel of ['Queue', 'Timeline']) {
        await editor.page.getByRole('button', { name: panel, exact: true }).click()
        await look(panel)
      }
      await editor.page.getByRole('button', { name: 'Timeline', exact: true }).click()
      await byKey('search', 'Space')
      await byKey('commands', 'Control+k')
      await byKey('save as', 'Control+Shift+s')
      await byKey('settings', 'Control+,')
      await byKey('keys', '?')
      await byKey('templates', 'Shift+t')
      await editor.page.locator('.brand').click()
      await look('main menu')
      await editor.page.keyboard.press('Escape')
      await editor.page.getByRole('button', { name: 'More', exact: true }).click()
      await look('run menu')
      await editor.page.keyboard.press('Escape')
      await editor.title('3').click({ button: 'right' })
      await look('menu of a node')
      await editor.page.keyboard.press('Escape')
      await editor.page.locator('.node-picture').first().click()
      await look('result')
      await editor.page.keyboard.press('Escape')
      await editor.page.locator('.widget.choice').first().click()
      await look('picker')
      await editor.page.keyboard.press('Escape')
      await editor.press('Alt+m')
      await look('app view')
      expect(found).toEqual({})
    }, 180_000)
  }

  test('the app view is a form with the chosen inputs, and makes the picture', async () => {
    const editor = await open(textToImage())
    await editor.title('2').click({ button: 'right' })
    await editor.page.getByRole('menuitem', { name: 'Inputs' }).hover()
    await editor.page.getByRole('menuitem', { name: /Show “Text” in the app view/ }).click()
    await editor.press('Alt+m')
    expect(await editor.page.locator('.app-form .labelled').count()).toBe(1)
    await editor.page.locator('.app-form textarea').fill('a green hill')
    await editor.page.locator('.app-run').click()
    await editor.page.locator('.app-pictures img[data-kind=artifact]').waitFor()
    expect(await seriousFindings(editor)).toEqual([])
    await editor.press('Alt+m')
    await expect.poll(() => editor.widget('2', 'text').inputValue()).toBe('a green hill')
  })

  test('the app view is used on a phone', async () => {
    const editor = await open(textToImage(), {
      context: { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true },
    })
    await editor.page.getByRole('radio', { name: 'App' }).tap()
    await editor.page.locator('.app-form textarea').fill('a small boat')
    await editor.page.locator('.app-run').tap()
    const image = editor.page.locator('.app-pictures img[data-kind=artifact]')
    await image.waitFor()
    expect(await editor.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  })

  test('a finger moves the canvas and a node', async () => {
    const editor = await open(sums(), { context: { viewport: { width: 800, height: 700 }, hasTouch: true } })
    const touch = await editor.page.context().newCDPSession(editor.page)
    const swipe = async (from: { x: number; y: number }, by: { x: number; y: number }): Promise<void> => {
      await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [from] })
      for (let step = 1; step <= 4; step++) {
        const at = { x: from.x + (by.x * step) / 4, y: from.y + (by.y * step) / 4 }
        await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [at] })
      }
      await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    }
    const before = await editor.center(editor.nodes().first())
    await swipe({ x: 500, y: 520 }, { x: 0, y: -80 })
    await expect.poll(async () => Math.round((await editor.center(editor.nodes().first())).y - before.y)).toBe(-80)
    // By its title: a finger on a widget is for the widget.
    const at = await editor.center(editor.title('1'))
    await swipe({ x: at.x, y: at.y }, { x: 0, y: 90 })
    await expect.poll(async () => Math.round((await editor.center(editor.nodes().first())).y - before.y)).toBe(10)
  })

  test('the language is changed to Chinese and stays', async () => {
    const editor = await open(sums())
    await editor.page.locator('.brand').click()
    await editor.page.getByRole('menuitemradio', { name: '中文' }).click()
    await editor.page.getByRole('button', { name: '运行', exact: true }).waitFor()
    await editor.page.reload()
    await editor.page.getByRole('button', { name: '运行', exact: true }).waitFor()
    expect(await editor.page.evaluate(() => document.documentElement.lang)).toBe('zh')
  })
})
