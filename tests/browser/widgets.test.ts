import { decode } from 'fast-png'
import { expect, test } from 'vitest'
import { pngOf } from '../../packages/server/src/testing/png.ts'
import { describeInBrowser, node, sums, textToImage } from './editor-page.ts'

const everything = { ...sums(), name: 'Widgets', nodes: { '1': node('Everything') } }

describeInBrowser('widgets', ({ open, server }) => {
  test('a number is dragged, typed and reckoned', async () => {
    const editor = await open(sums())
    const at = await editor.center(editor.widget('1', 'a'))
    await editor.page.mouse.move(at.x, at.y)
    await editor.page.mouse.down()
    await editor.page.mouse.move(at.x + 40, at.y, { steps: 5 })
    await editor.page.mouse.up()
    await expect.poll(async () => (await editor.document()).nodes['1']?.values['a']).toBeGreaterThan(1)
    expect((await editor.document()).layout?.nodes?.['1']).toMatchObject({ x: 0, y: 0 })
    await editor.widget('1', 'b').click()
    await editor.page.keyboard.type('(3+4)*2')
    await editor.page.keyboard.press('Enter')
    expect((await editor.document()).nodes['1']?.values['b']).toBe(14)
    await editor.press('Control+z', 'Control+z')
    await expect.poll(async () => (await editor.document()).nodes['1']?.values).toEqual({ a: 1, b: 2 })
  })

  test('a number answers to the arrow keys, in range', async () => {
    const editor = await open(textToImage({ steps: 2 }))
    await editor.widget('3', 'steps').focus()
    for (let press = 0; press < 4; press++) await editor.page.keyboard.press('ArrowDown')
    expect((await editor.document()).nodes['3']?.values['steps']).toBe(1)
  })

  test('a choice is filtered and chosen with the keyboard', async () => {
    const editor = await open(textToImage())
    await editor.widget('3', 'sampler').focus()
    await editor.page.keyboard.press('Enter')
    await editor.page.keyboard.type('dpm')
    await editor.page.keyboard.press('Enter')
    await expect.poll(async () => (await editor.document()).nodes['3']?.values['sampler']).toBe('dpmpp_2m')
  })

  test('a seed is exact past 2^53', async () => {
    const editor = await open(textToImage())
    await editor.widget('3', 'seed').fill('18446744073709551615')
    expect((await editor.document()).nodes['3']?.values['seed']).toBe('18446744073709551615')
    await editor.widget('3', 'seed').fill('12x')
    expect(await editor.widget('3', 'seed').getAttribute('aria-invalid')).toBe('true')
  })

  test('text is typed, weighted with Ctrl+Up, and undone as one step', async () => {
    const editor = await open(textToImage())
    const field = editor.widget('2', 'text')
    await field.fill('')
    await field.pressSequentially('a red fox')
    await editor.page.keyboard.press('Control+ArrowUp')
    expect((await editor.document()).nodes['2']?.values['text']).toBe('a red (fox:1.05)')
    await editor.press('Control+z', 'Control+z')
    await expect.poll(() => field.inputValue()).toBe('a red fox')
  })

  test('a picture is uploaded, shown in the node, and kept as its value', async () => {
    const editor = await open(everything)
    const chooser = editor.node('1').locator('input[type=file]')
    await chooser.setInputFiles({ name: 'red.png', mimeType: 'image/png', buffer: pngOf(32, 16, [200, 0, 0]) })
    await editor.node('1').locator('.file-picture').waitFor()
    const { values } = (await editor.document()).nodes['1'] ?? {}
    expect(values?.['picture']).toMatch(/\.png$/)
  })

  test('a mask is painted over a picture and takes its place', async () => {
    const editor = await open(everything)
    await editor
      .node('1')
      .locator('input[type=file]')
      .setInputFiles({ name: 'paint.png', mimeType: 'image/png', buffer: pngOf(64, 64, [0, 90, 200]) })
    await editor.node('1').getByRole('button', { name: 'Paint a mask' }).click()
    const canvas = editor.page.locator('.mask-layer')
    await expect.poll(async () => canvas.evaluate((element: HTMLCanvasElement) => element.width)).toBe(64)
    const at = await editor.center(canvas)
    await editor.page.mouse.move(at.x - 40, at.y)
    await editor.page.mouse.down()
    await editor.page.mouse.move(at.x + 40, at.y, { steps: 4 })
    await editor.page.mouse.up()
    await editor.page.getByRole('button', { name: 'Use this mask' }).click()
    const masked = async () => String((await editor.document()).nodes['1']?.values['picture'])
    await expect.poll(masked).toContain('mask')
    // The file keeps its colour under what was painted, and nothing says that it is missing.
    const bytes = await (await fetch(server().client.files.url('input', await masked()))).arrayBuffer()
    const { data } = decode(new Uint8Array(bytes))
    const pixel = (x: number, y: number) => [...data.slice((y * 64 + x) * 4, (y * 64 + x) * 4 + 4)]
    expect(pixel(32, 32)).toEqual([0, 90, 200, 0])
    expect(pixel(2, 2)).toEqual([0, 90, 200, 255])
    await expect.poll(() => editor.node('1').getByRole('button', { name: 'Find a fix…' }).count()).toBe(0)
  })

  test('switch, colour, curve and JSON are edited', async () => {
    const editor = await open(everything)
    await editor.widget('1', 'on').click()
    await editor.widget('1', 'colour').fill('#ff8800')
    const curve = editor.page.locator('#value-1-curve')
    const at = await editor.center(curve)
    await editor.page.mouse.click(at.x, at.y - 20)
    await editor.widget('1', 'json').fill('{"a": [1, 2')
    expect(await editor.widget('1', 'json').getAttribute('aria-invalid')).toBe('true')
    await editor.widget('1', 'json').fill('{"a": [1, 2]}')
    const { values } = (await editor.document()).nodes['1'] ?? {}
    expect(values).toMatchObject({ on: true, colour: '#ff8800', json: { a: [1, 2] } })
    expect(values?.['curve']).toHaveLength(3)
  })

  test('advanced settings are shown when asked for', async () => {
    const editor = await open(textToImage())
    expect(await editor.widget('3', 'pauseMs').count()).toBe(0)
    await editor.title('3').hover()
    await editor.node('3').getByRole('button', { name: '1 more setting' }).click()
    await expect.poll(() => editor.widget('3', 'pauseMs').count()).toBe(1)
  })

  test('a node is resized, and its text field grows with it', async () => {
    const editor = await open(textToImage())
    const before = await editor.widget('2', 'text').boundingBox()
    const handle = editor.node('2').locator('.node-resize')
    const at = await editor.center(handle)
    await editor.dragTo(handle, { x: at.x + 60, y: at.y + 80 })
    const after = await editor.widget('2', 'text').boundingBox()
    expect((after?.height ?? 0) - (before?.height ?? 0)).toBeGreaterThan(50)
    expect((after?.width ?? 0) - (before?.width ?? 0)).toBeGreaterThan(40)
  })
})
