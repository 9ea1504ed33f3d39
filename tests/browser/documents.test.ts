import { expect, test } from 'vitest'
import { describeInBrowser, node, sums, textToImage } from './editor-page.ts'

describeInBrowser('documents', ({ open, server }) => {
  test('saving asks for a name once, then adds versions', async () => {
    const editor = await open({ format: 'patchbay-workflow', version: 1, nodes: {} })
    await editor.page.getByRole('button', { name: 'New workflow' }).click()
    await editor.add('add', { x: 500, y: 200 })
    await editor.press('Control+s')
    await editor.page.getByLabel('Name', { exact: true }).fill('My first')
    await editor.page.getByRole('button', { name: 'Save', exact: true }).click()
    await editor.toast('Saved as version 1').waitFor()
    await editor.add('add', { x: 1000, y: 200 })
    await expect.poll(() => editor.page.locator('.tab[data-active] .dirty').count()).toBe(1)
    await editor.press('Control+s')
    await editor.toast('Saved as version 2').waitFor()
    await expect.poll(() => editor.page.locator('.tab[data-active] .dirty').count()).toBe(0)
    const { workflows } = await server().client.workflows.list()
    expect(workflows.find((one) => one.name === 'My first')?.version).toBe(2)
  })

  test('versions are compared with the canvas, and an older one is opened', async () => {
    const editor = await open({ ...sums(), name: 'Versions' })
    await editor.widget('1', 'a').click()
    await editor.page.keyboard.type('40+2')
    await editor.page.keyboard.press('Enter')
    await editor.press('Control+s')
    await editor.toast('Saved as version 2').waitFor()
    await editor.page.locator('.brand').click()
    await editor.page.getByRole('menuitem', { name: 'Versions…' }).click()
    const first = editor.page.locator('.version').last()
    await first.getByRole('button', { name: 'Compare with the canvas' }).click()
    await expect.poll(() => editor.page.locator('.difference li').allTextContents()).toContain('~ node 1: a 1 → 42')
    await first.getByRole('button', { name: 'Open this version' }).click()
    await expect.poll(() => editor.widget('1', 'a').textContent()).toContain('1')
  })

  test('what differs from an older version is marked on the canvas', async () => {
    const editor = await open({ ...sums(), name: 'Marked' })
    await editor.widget('1', 'a').click()
    await editor.page.keyboard.type('42')
    await editor.page.keyboard.press('Enter')
    await editor.add('everything', { x: 600, y: 650 })
    await editor.title('3').click()
    await editor.press('Delete')
    await editor.page.locator('.brand').click()
    await editor.page.getByRole('menuitem', { name: 'Versions…' }).click()
    await editor.page.getByRole('button', { name: 'Mark on the canvas' }).click()
    const mark = (kind: string) => editor.page.locator(`.comparison-mark[data-kind=${kind}]`)
    await expect.poll(() => mark('changed').textContent()).toContain('a: 1 → 42')
    expect(await mark('removed').textContent()).toContain('Show')
    expect(await mark('added').count()).toBe(1)
    expect(await editor.page.locator('.comparison-bar').textContent()).toContain('1 added1 removed1 changed')
    await editor.page.getByRole('button', { name: 'End the comparison' }).click()
    await expect.poll(() => mark('changed').count()).toBe(0)
  })

  test('a version that someone else saved is not overwritten unasked', async () => {
    const editor = await open({ ...sums(), name: 'Shared' })
    const summary = (await server().client.workflows.list()).workflows.find((one) => one.name === 'Shared')
    await server().client.workflows.save(summary?.id ?? '', {
      document: { ...sums(), name: 'Shared', description: 'theirs' },
    })
    await editor.title('1').click()
    await editor.press('Control+m', 'Control+s')
    await editor.page.getByRole('button', { name: 'Save on top' }).click()
    await editor.toast('Saved as version 3').waitFor()
  })

  test('drafts survive a reload, unsaved edits and all', async () => {
    const editor = await open(sums())
    await editor.add('everything', { x: 600, y: 650 })
    await expect.poll(() => editor.nodes().count()).toBe(4)
    await editor.page.waitForTimeout(700)
    await editor.page.goto(server().url)
    await editor.ready()
    await expect.poll(() => editor.nodes().count()).toBe(4)
    expect(await editor.page.locator('.tab .dirty').count()).toBe(1)
  })

  test('several workflows are open at once, each with its own undo', async () => {
    const editor = await open(sums())
    await editor.title('1').click()
    await editor.press('Delete')
    await editor.page.getByRole('button', { name: 'New workflow' }).click()
    await editor.add('add', { x: 700, y: 300 })
    await editor.press('Control+z')
    await expect.poll(() => editor.nodes().count()).toBe(0)
    await editor.page.locator('.tab-title').first().click()
    await expect.poll(() => editor.nodes().count()).toBe(2)
    await editor.press('Control+z')
    await expect.poll(() => editor.nodes().count()).toBe(3)
  })

  test('closing an unsaved tab asks first', async () => {
    const editor = await open(sums())
    await editor.title('1').click()
    await editor.press('Delete')
    await editor.page
      .getByRole('button', { name: 'Close test' })
      .or(editor.page.getByRole('button', { name: 'Close Sums' }))
      .click()
    await editor.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    expect(await editor.nodes().count()).toBe(2)
    await editor.page.getByRole('button', { name: 'Close Sums' }).click()
    await editor.page.getByRole('button', { name: 'Close without saving' }).click()
    await expect.poll(() => editor.nodes().count()).toBe(0)
  })

  test('a workflow file is opened, and a broken one is refused with its line', async () => {
    const editor = await open()
    const file = (name: string, text: string) => ({ name, mimeType: 'application/json', buffer: Buffer.from(text) })
    await editor.page.locator('#open-file').setInputFiles(file('sums.json', JSON.stringify(sums())))
    await expect.poll(() => editor.nodes().count()).toBe(3)
    await editor.page.locator('#open-file').setInputFiles(file('bad.json', '{\n "format": \n'))
    await editor.toast(/bad\.json.*line 3/).waitFor()
    await editor.page.locator('#open-file').setInputFiles(file('other.json', '{"hello": 1}'))
    await editor.toast(/not a workflow/).waitFor()
  })

  test('a picture that was made opens the workflow that made it', async () => {
    const workflow = textToImage({ seed: 31 })
    const { jobs } = await server().client.jobs.submit({ document: workflow }, { waitMs: 20_000 })
    const [file] = (await server().client.jobs.get(jobs[0]?.id ?? '')).files
    const editor = await open()
    await editor.press('q')
    await editor.page
      .locator('.side .job')
      .first()
      .getByRole('button', { name: /exactly as it ran/ })
      .click()
    await expect.poll(() => editor.nodes().count()).toBe(5)
    expect(file?.mime).toBe('image/png')
  })

  test('the graph is shared as a picture with the workflow inside', async () => {
    const editor = await open(sums())
    const waiting = editor.page.waitForEvent('download')
    await editor.page.locator('.brand').click()
    await editor.page.getByRole('menuitem', { name: 'Download a picture of the graph' }).click()
    const path = await (await waiting).path()
    await editor.page.getByRole('button', { name: 'New workflow' }).click()
    await expect.poll(() => editor.nodes().count()).toBe(0)
    const { readFile } = await import('node:fs/promises')
    await editor.page
      .locator('#open-file')
      .setInputFiles({ name: 'graph.png', mimeType: 'image/png', buffer: await readFile(path) })
    await expect.poll(() => editor.nodes().count()).toBe(3)
    expect((await editor.document()).nodes).toEqual(sums().nodes)
  })

  test('a link to a saved workflow is copied, and opens it', async () => {
    const editor = await open(sums())
    await editor.page.locator('.brand').click()
    await editor.page.getByRole('menuitem', { name: 'Copy a link to this workflow' }).click()
    await editor.toast('Link copied').waitFor()
    const link = await editor.page.evaluate(() => navigator.clipboard.readText())
    const second = await open(undefined, { query: new URL(link).search })
    await expect.poll(() => second.nodes().count()).toBe(3)
  })

  test('saved workflows are found by name and tag, and deleted after a question', async () => {
    const { client } = server()
    await client.workflows.create({ document: { ...sums(), name: 'Castle', tags: ['landscape'] }, name: 'Castle' })
    const editor = await open()
    await editor.press('w')
    await editor.page.getByLabel('Search workflows and tags').fill('landsc')
    await expect.poll(() => editor.page.locator('.workflow-row').count()).toBe(1)
    await editor.page.getByRole('button', { name: 'Delete Castle' }).click()
    await editor.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await expect.poll(() => editor.page.locator('.workflow-row').count()).toBe(0)
  })

  test('a node that no pack defines is shown as such, and survives', async () => {
    const workflow = {
      ...sums(),
      nodes: { ...sums().nodes, '9': node('FromElsewhere', { x: 1 }, { in: { node: '1', output: 'sum' } }) },
    }
    const editor = await open(workflow)
    await editor.node('9').waitFor()
    expect(await editor.node('9').textContent()).toContain('No node pack')
    expect((await editor.document()).nodes['9']).toEqual(workflow.nodes['9'])
  })
})
