import { expect, test } from 'vitest'
import { describeInBrowser, sums, textToImage } from './editor-page.ts'

describeInBrowser('the canvas', ({ open }) => {
  test('draws every node from its manifest, with a socket for each end', async () => {
    const editor = await open(textToImage())
    await expect.poll(() => editor.page.locator('.node').count()).toBe(5)
    expect(await editor.title('3').textContent()).toBe('Sample')
    expect(await editor.socket('3', 'input', 'negative').getAttribute('data-optional')).toBe('true')
    expect(await editor.widget('2', 'text').inputValue()).toBe('a red fox')
    expect(editor.faults).toEqual([])
  })

  test('opens and writes the same document', async () => {
    const workflow = textToImage()
    const editor = await open(workflow)
    const written = await editor.document()
    expect({ ...written, layout: undefined }).toEqual({ ...workflow, layout: undefined })
    expect(written.layout?.nodes).toEqual(workflow.layout?.nodes)
  })

  test('a node is added by double-click, by name, alias and category', async () => {
    const editor = await open(sums())
    await editor.add('ksampler', { x: 500, y: 700 })
    expect(await editor.title('4').textContent()).toBe('Sample')
    await editor.add('plus', { x: 900, y: 700 })
    expect(await editor.title('5').textContent()).toBe('Add')
    expect(await editor.node('5').getAttribute('data-selected')).toBe('true')
  })

  test('the search says so when nothing is found', async () => {
    const editor = await open(sums())
    await editor.press('Space')
    await editor.page.keyboard.type('zzzz')
    expect(await editor.page.locator('.palette-none').textContent()).toContain('zzzz')
    await editor.page.keyboard.press('Escape')
    expect(await editor.page.locator('.palette').count()).toBe(0)
  })

  test('a node is dragged, and undo puts it back', async () => {
    const editor = await open(sums())
    const before = await editor.center(editor.title('2'))
    await editor.dragTo(editor.title('2'), { x: before.x, y: before.y + 150 })
    await expect.poll(async () => Math.round((await editor.center(editor.title('2'))).y - before.y)).toBe(150)
    await editor.press('Control+z')
    await expect.poll(async () => Math.round((await editor.center(editor.title('2'))).y - before.y)).toBe(0)
    await editor.press('Control+y')
    await expect.poll(async () => Math.round((await editor.center(editor.title('2'))).y - before.y)).toBe(150)
  })

  test('a selection moves together; a pinned node stays', async () => {
    const editor = await open(sums())
    await editor.title('3').click()
    await editor.press('p')
    await editor.press('Control+a')
    const start = await editor.center(editor.title('1'))
    const still = await editor.center(editor.title('3'))
    await editor.dragTo(editor.title('1'), { x: start.x, y: start.y + 120 })
    const document = await editor.document()
    expect(document.layout?.nodes?.['2']?.y).toBeGreaterThan(50)
    expect(document.layout?.nodes?.['3']?.y).toBe(0)
    expect(await editor.center(editor.title('3'))).toEqual(still)
  })

  test('a box selects what it touches', async () => {
    const editor = await open(sums())
    const from = await editor.center(editor.title('1'))
    const to = await editor.center(editor.title('2'))
    await editor.press('v')
    await editor.page.mouse.move(from.x - 160, from.y - 60)
    await editor.page.mouse.down()
    await editor.page.mouse.move(to.x, to.y + 30, { steps: 5 })
    await editor.page.mouse.up()
    await expect.poll(() => editor.page.locator('.node[data-selected]').count()).toBe(2)
  })

  test('a press on the empty canvas selects nothing', async () => {
    const editor = await open(sums())
    await editor.press('Control+a')
    await editor.page.mouse.click(700, 780)
    await expect.poll(() => editor.page.locator('.node[data-selected]').count()).toBe(0)
  })

  test('the canvas pans by dragging and zooms by the wheel', async () => {
    const editor = await open(sums())
    const before = await editor.center(editor.title('1'))
    await editor.page.mouse.move(700, 760)
    await editor.page.mouse.down()
    await editor.page.mouse.move(760, 700, { steps: 4 })
    await editor.page.mouse.up()
    await expect.poll(async () => Math.round((await editor.center(editor.title('1'))).x - before.x)).toBe(60)
    const zoom = await editor.page.locator('.zoom').textContent()
    await editor.page.mouse.wheel(0, -120)
    await expect.poll(() => editor.page.locator('.zoom').textContent()).not.toBe(zoom)
  })

  test('far away, nodes are shapes; near, they are nodes again', async () => {
    const editor = await open(sums())
    await editor.page.mouse.move(700, 500)
    for (let turn = 0; turn < 14; turn += 1) await editor.page.mouse.wheel(0, 120)
    await expect.poll(() => editor.page.locator('.node').count()).toBe(0)
    expect(await editor.nodes().count()).toBe(3)
    await editor.press('.')
    await expect.poll(() => editor.page.locator('.node').count()).toBe(3)
  })

  test('delete removes a node and its links; undo brings both back', async () => {
    const editor = await open(sums())
    await editor.title('2').click()
    await editor.press('Delete')
    await expect.poll(() => editor.nodes().count()).toBe(2)
    expect((await editor.document()).nodes['3']?.links).toEqual({})
    await editor.press('Control+z')
    await expect.poll(() => editor.nodes().count()).toBe(3)
    expect((await editor.document()).nodes['3']?.links).toEqual({ value: { node: '2', output: 'sum' } })
  })

  test('copies are pasted with the links among them, and a paste can be undone', async () => {
    const editor = await open(sums())
    await editor.press('Control+a', 'Control+c')
    await editor.page.mouse.move(500, 700)
    await editor.press('Control+v')
    await expect.poll(() => editor.nodes().count()).toBe(6)
    expect((await editor.document()).nodes['6']?.links).toEqual({ value: { node: '5', output: 'sum' } })
    await editor.press('Control+z')
    await expect.poll(() => editor.nodes().count()).toBe(3)
  })

  test('a duplicate keeps its links from outside', async () => {
    const editor = await open(sums())
    await editor.title('2').click()
    await editor.press('Control+d')
    await expect.poll(() => editor.nodes().count()).toBe(4)
    expect((await editor.document()).nodes['4']?.links).toEqual({ a: { node: '1', output: 'sum' } })
  })

  test('mute, bypass, collapse and rename are kept in the document', async () => {
    const editor = await open(sums())
    await editor.title('1').click()
    await editor.press('Control+m')
    await editor.title('2').click()
    await editor.press('Control+b', 'Alt+c')
    await editor.title('3').dblclick()
    await editor.page.keyboard.type('Result')
    await editor.page.keyboard.press('Enter')
    const { nodes, layout } = await editor.document()
    expect([nodes['1']?.mode, nodes['2']?.mode]).toEqual(['muted', 'bypassed'])
    expect(layout?.nodes?.['2']?.collapsed).toBe(true)
    expect(layout?.nodes?.['3']?.title).toBe('Result')
    expect(await editor.title('3').textContent()).toBe('Result')
  })

  test('the menu of a node gives it a colour', async () => {
    const editor = await open(sums())
    await editor.title('1').click({ button: 'right' })
    await editor.page.getByRole('menuitem', { name: 'Colour', exact: true }).hover()
    await editor.page.keyboard.press('ArrowRight')
    await editor.page.keyboard.press('Enter')
    await expect.poll(async () => (await editor.document()).layout?.nodes?.['1']?.color).toMatch(/^#/)
  })

  test('groups and notes are made, moved with their content, and undone', async () => {
    const editor = await open(sums())
    await editor.press('Control+a', 'Control+g')
    expect(await editor.page.locator('.group').count()).toBe(1)
    const title = editor.page.locator('.group-title')
    const from = await editor.center(title)
    await editor.dragTo(title, { x: from.x, y: from.y + 100 })
    expect((await editor.document()).layout?.nodes?.['1']?.y).toBeGreaterThan(40)
    await editor.page.mouse.move(700, 760)
    await editor.press('n')
    await editor.page.locator('.note textarea').fill('remember')
    expect(Object.values((await editor.document()).layout?.notes ?? {})[0]?.text).toBe('remember')
  })

  test('nodes are aligned, and arranged as a whole', async () => {
    const editor = await open(textToImage())
    await editor.press('Control+a')
    await editor.press('Control+k')
    await editor.page.keyboard.type('align top')
    await editor.page.keyboard.press('Enter')
    await expect
      .poll(async () => new Set(Object.values((await editor.document()).layout?.nodes ?? {}).map(({ y }) => y)).size)
      .toBe(1)
    await editor.page.mouse.click(700, 780)
    await editor.press('Control+Shift+l')
    await expect.poll(async () => (await editor.document()).layout?.nodes?.['2']?.y, { timeout: 10_000 }).not.toBe(0)
    const places = Object.values((await editor.document()).layout?.nodes ?? {}).map(({ x, y }) => `${x}/${y}`)
    expect(new Set(places).size).toBe(5)
    expect(editor.faults).toEqual([])
  })

  test('snapping puts nodes on the grid', async () => {
    const editor = await open(sums())
    await editor.page.getByRole('button', { name: 'Snap to the grid' }).click()
    const from = await editor.center(editor.title('2'))
    await editor.dragTo(editor.title('2'), { x: from.x + 7, y: from.y + 131 })
    const { x = 1, y = 1 } = (await editor.document()).layout?.nodes?.['2'] ?? {}
    expect([x % 12, y % 12]).toEqual([0, 0])
  })
})
