import { expect, test } from 'vitest'
import { describeInBrowser, node, sums, textToImage } from './editor-page.ts'

describeInBrowser('settings, keys and fixes', ({ open, server }) => {
  test('a command gets another key, loses its own, and both stay after a reload', async () => {
    const editor = await open(sums())
    await editor.press('?')
    const dialog = editor.page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await dialog.getByLabel('Search commands').fill('duplicate')
    await dialog.getByRole('button', { name: 'Add a key for “Duplicate”' }).click()
    await editor.page.keyboard.press('Alt+Shift+D')
    await dialog.getByRole('button', { name: 'Remove Ctrl+D' }).click()
    await expect.poll(() => dialog.locator('.shortcuts kbd').allTextContents()).toEqual(['Alt+Shift+D'])
    await editor.page.reload()
    await editor.ready()
    await editor.title('1').click()
    await editor.press('Control+d')
    await editor.press('Alt+Shift+D')
    await expect.poll(() => editor.nodes().count()).toBe(4)
    await editor.title('1').click({ button: 'right' })
    await expect
      .poll(() => editor.page.getByRole('menuitem', { name: /^Duplicate/ }).textContent())
      .toBe('DuplicateAlt+Shift+D')
  })

  test('a key that another command has is taken from it, and the usual keys come back', async () => {
    const editor = await open(sums())
    await editor.press('?')
    const dialog = editor.page.getByRole('dialog', { name: 'Keyboard shortcuts' })
    await dialog.getByRole('button', { name: 'Add a key for “Pin”' }).click()
    await editor.page.keyboard.press('Control+m')
    expect(await dialog.getByRole('button', { name: 'Remove Ctrl+M' }).count()).toBe(1)
    await dialog.getByRole('button', { name: 'Back to the usual keys' }).click()
    await editor.page.keyboard.press('Escape')
    await editor.title('1').click()
    await editor.press('Control+m')
    await expect.poll(() => editor.node('1').getAttribute('data-mode')).toBe('muted')
  })

  test('links are drawn curved, straight or at right angles, and taken hold of where they are drawn', async () => {
    const editor = await open(sums())
    await editor.page.locator('.brand').click()
    await editor.page.getByRole('menuitem', { name: /^Settings/ }).click()
    await editor.page.getByLabel('Shape of links').selectOption('square')
    await editor.page.keyboard.press('Escape')
    await editor.page.getByRole('dialog').waitFor({ state: 'detached' })
    const from = await editor.center(editor.socket('2', 'output', 'sum'))
    const to = await editor.center(editor.socket('3', 'input', 'value'))
    await editor.page.mouse.click((from.x + to.x) / 2, (from.y + to.y) / 2)
    await editor.press('Delete')
    await expect.poll(async () => (await editor.document()).nodes['3']?.links).toEqual({})
  })

  test('{a|b} in a prompt is chosen for each run, and what ran tells the choice', async () => {
    const editor = await open(textToImage())
    await editor.widget('2', 'text').fill('a {red|blue} {fox|owl}')
    await editor.page.keyboard.press('Control+Enter')
    await expect.poll(() => editor.node('5').getAttribute('data-state')).toBe('finished')
    const { jobs } = await server().client.jobs.list({ limit: 1 })
    const ran = await server().client.jobs.get(jobs[0]?.id ?? '')
    expect(ran.document.nodes['2']?.values['text']).toMatch(/^a (red|blue) (fox|owl)$/)
    expect((await editor.document()).nodes['2']?.values['text']).toBe('a {red|blue} {fox|owl}')
  })

  test('a node of a missing type is replaced by one that is named like it, and linked as it was', async () => {
    const editor = await open({
      ...sums(),
      nodes: {
        ...sums().nodes,
        '2': node('AddNumbers', { b: 10 }, { a: { node: '1', output: 'sum' } }),
        '3': node('Show', {}, { value: { node: '2', output: 'total' } }),
      },
    })
    await editor.node('2').getByRole('button', { name: 'Find a fix…' }).click()
    await editor.page.getByRole('dialog').getByRole('button', { name: 'Replace by Add' }).click()
    await editor.page.getByRole('dialog').getByText('Nothing is missing.').waitFor()
    await editor.page.keyboard.press('Escape')
    await editor.page.getByRole('dialog').waitFor({ state: 'detached' })
    expect((await editor.document()).nodes['3']?.links).toEqual({ value: { node: '2', output: 'sum' } })
    await editor.press('Control+Enter')
    await expect.poll(() => editor.node('3').getAttribute('data-state')).toBe('finished')
  })

  test('a missing file can be replaced, and a download that is refused says why', async () => {
    const editor = await open({
      ...sums(),
      nodes: { ...sums().nodes, '4': node('OpenWeights', { file: 'gone.safetensors' }) },
    })
    await editor.page.locator('.missing-bar').getByRole('button', { name: 'Find a fix…' }).click()
    const dialog = editor.page.getByRole('dialog')
    await dialog.getByText('“gone.safetensors” is not on this server').waitFor()
    await dialog.getByLabel(/Address to download from/).fill('http://127.0.0.1:9/gone.safetensors')
    await dialog.getByRole('button', { name: 'Download into “checkpoints”' }).click()
    await expect.poll(() => dialog.locator('.failed-text').textContent()).toMatch(/\w+/)
  })

  test('the gallery of templates shows each with a picture or its graph, and opens one', async () => {
    const editor = await open({ format: 'patchbay-workflow', version: 1, nodes: {} })
    await editor.page.getByRole('button', { name: 'Browse templates' }).click()
    const gallery = editor.page.getByRole('dialog', { name: 'Templates' })
    await gallery.locator('.template').first().waitFor()
    const picture = gallery.locator('.template', { hasText: 'Text to image' }).locator('img').first()
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(31)
    expect(await gallery.locator('.template-picture:not(:has(img, svg rect))').count()).toBe(0)
    await gallery.getByLabel('Search templates').fill('arithmetic')
    // The sums of that name, and the faces whose latents are added.
    await expect.poll(() => gallery.locator('.template').count()).toBe(2)
    await gallery.locator('.template').first().click()
    await expect.poll(() => editor.page.locator('.tab[data-active] .tab-title').textContent()).toBe('Arithmetic')
    await expect.poll(() => editor.nodes().count()).toBe(12)
  })
})
