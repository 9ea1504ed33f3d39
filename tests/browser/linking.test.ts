import { expect, test } from 'vitest'
import { describeInBrowser, node, sums, textToImage } from './editor-page.ts'

describeInBrowser('links', ({ open }) => {
  test('text-to-image is built from an empty canvas with the mouse alone, and makes a picture', async () => {
    const editor = await open({ format: 'patchbay-workflow', version: 1, nodes: {} })
    await editor.page.getByRole('button', { name: 'Add a node' }).first().click()
    await editor.page.getByRole('option', { name: /Load model/i }).click()
    await editor.page.getByRole('button', { name: 'Nodes', exact: true }).click()
    await editor.dragTo(editor.title('1'), { x: 530, y: 200 })
    for (const [name, x, y] of [
      ['Encode prompt', 520, 560],
      ['Sample', 830, 200],
      ['Decode', 1110, 200],
      ['Save image', 1110, 420],
    ] as const) {
      await editor.dragTo(editor.page.getByRole('button', { name: `Add ${name}` }), { x, y })
    }
    await expect.poll(() => editor.nodes().count()).toBe(5)
    await editor.link('1', 'model', '2', 'model')
    await editor.link('1', 'model', '3', 'model')
    await editor.link('2', 'conditioning', '3', 'positive')
    await editor.link('3', 'latents', '4', 'latents')
    await editor.link('4', 'image', '5', 'image')
    await editor.page.getByRole('button', { name: 'Run', exact: true }).click()
    await editor.node('5').locator('.node-picture img[data-kind=artifact]').waitFor({ timeout: 15_000 })
    expect(editor.faults).toEqual([])
  })

  test('a link that does not fit is refused, in words', async () => {
    const editor = await open(textToImage())
    await editor.link('1', 'model', '4', 'latents')
    await editor.toast(/Latents.*takes Latents.*gives Model/i).waitFor()
    expect((await editor.document()).nodes['4']?.links).toEqual({ latents: { node: '3', output: 'latents' } })
  })

  test('a link that would close a circle is refused', async () => {
    const editor = await open(sums())
    await editor.link('2', 'sum', '1', 'a')
    await editor.toast(/circle/).waitFor()
  })

  test('while a link is drawn, only sockets that fit stand out', async () => {
    const editor = await open(textToImage())
    const from = await editor.center(editor.socket('1', 'output', 'model'))
    await editor.page.mouse.move(from.x, from.y)
    await editor.page.mouse.down()
    await editor.page.mouse.move(from.x + 60, from.y + 400, { steps: 3 })
    expect(await editor.socket('3', 'input', 'model').getAttribute('data-fit')).toBe('yes')
    expect(await editor.socket('4', 'input', 'latents').getAttribute('data-fit')).toBe('no')
    await editor.page.mouse.up()
    await editor.page.keyboard.press('Escape')
  })

  test('dropped on the empty canvas, a link offers only nodes that fit, and links the chosen one', async () => {
    const editor = await open(textToImage())
    await editor.dragTo(editor.socket('4', 'output', 'image'), { x: 1200, y: 700 })
    const offered = await editor.page.locator('.palette-name').allTextContents()
    expect(offered).toEqual(expect.arrayContaining(['Join images', 'Save image']))
    expect(offered.some((name) => /sample|prompt|load/i.test(name))).toBe(false)
    await editor.page.getByRole('option', { name: /Save image/ }).click()
    await expect.poll(() => editor.nodes().count()).toBe(6)
    expect((await editor.document()).nodes['6']?.links).toEqual({ image: { node: '4', output: 'image' } })
  })

  test('dropped on a node, a link finds the first socket that fits', async () => {
    const editor = await open({
      ...textToImage(),
      nodes: { ...textToImage().nodes, '5': node('SaveImage') },
    })
    await editor.dragTo(editor.socket('4', 'output', 'image'), editor.title('5'))
    await expect
      .poll(async () => (await editor.document()).nodes['5']?.links)
      .toEqual({
        image: { node: '4', output: 'image' },
      })
  })

  test('a value takes a link instead, shows so, and gets its widget back', async () => {
    const editor = await open(sums())
    await editor.link('1', 'sum', '2', 'b')
    expect((await editor.document()).nodes['2']?.links['b']).toEqual({ node: '1', output: 'sum' })
    expect(await editor.widget('2', 'b').count()).toBe(0)
    await editor.dragTo(editor.socket('2', 'input', 'b'), { x: 700, y: 780 })
    await editor.page.keyboard.press('Escape')
    await expect.poll(() => editor.widget('2', 'b').count()).toBe(1)
  })

  test('an input that takes several keeps them in order', async () => {
    const workflow = textToImage()
    const editor = await open({
      ...workflow,
      nodes: {
        ...workflow.nodes,
        '5': node('JoinImages'),
        '6': node('Decode', {}, { latents: { node: '3', output: 'latents' } }),
      },
      layout: { nodes: { ...workflow.layout?.nodes, '6': { x: 660, y: 300 }, '5': { x: 1000, y: 140 } } },
    })
    await editor.link('6', 'image', '5', 'images')
    await editor.link('4', 'image', '5', 'images')
    expect((await editor.document()).nodes['5']?.links['images']).toEqual([
      { node: '6', output: 'image' },
      { node: '4', output: 'image' },
    ])
  })

  test('a link is selected by a press on it and removed by Delete; Alt adds a reroute point', async () => {
    const editor = await open(sums())
    const from = await editor.center(editor.socket('1', 'output', 'sum'))
    const to = await editor.center(editor.socket('2', 'input', 'a'))
    const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 }
    await editor.page.keyboard.down('Alt')
    await editor.page.mouse.click(middle.x, middle.y)
    await editor.page.keyboard.up('Alt')
    await editor.page.locator('.reroute').waitFor()
    await editor.dragTo(editor.page.locator('.reroute'), { x: middle.x, y: middle.y + 120 })
    const [point] = (await editor.document()).layout?.reroutes?.['2.a'] ?? []
    expect(point?.y).toBeGreaterThan(100)
    await editor.page.locator('.reroute').dblclick()
    await expect.poll(() => editor.page.locator('.reroute').count()).toBe(0)
    await editor.page.mouse.click(middle.x, middle.y)
    await editor.press('Delete')
    await expect.poll(async () => (await editor.document()).nodes['2']?.links).toEqual({})
  })

  test('double-click on a link puts the chosen node into it', async () => {
    const editor = await open(sums())
    const from = await editor.center(editor.socket('2', 'output', 'sum'))
    const to = await editor.center(editor.socket('3', 'input', 'value'))
    await editor.page.mouse.dblclick((from.x + to.x) / 2, (from.y + to.y) / 2)
    await editor.page.locator('.palette input').fill('add')
    await editor.page.keyboard.press('Enter')
    await expect.poll(() => editor.nodes().count()).toBe(4)
    const { nodes } = await editor.document()
    expect(nodes['4']?.links).toEqual({ a: { node: '2', output: 'sum' } })
    expect(nodes['3']?.links).toEqual({ value: { node: '4', output: 'sum' } })
  })

  test('removing a node can keep the chain whole', async () => {
    const editor = await open(sums())
    await editor.title('2').click()
    await editor.press('Shift+Delete')
    await expect
      .poll(async () => (await editor.document()).nodes['3']?.links)
      .toEqual({
        value: { node: '1', output: 'sum' },
      })
  })
})
