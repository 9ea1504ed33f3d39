import { expect, test } from 'vitest'
import { savedGraph } from '../../packages/server/src/testing/saved-graphs.ts'
import { describeInBrowser, sums } from './editor-page.ts'

const adding = { type: 'Add', ins: ['a:FLOAT*', 'b:FLOAT*'], outs: ['sum:FLOAT'] }
const adds = {
  id: 'aaaaaaaa-0000-4000-8000-000000000001',
  name: 'Adding up',
  ins: ['a:FLOAT', 'b:FLOAT'],
  outs: ['sum:FLOAT'],
  nodes: [
    { ...adding, id: 1, values: [0, 30] },
    { ...adding, id: 2, values: [0, 7] },
  ],
  links: [
    [-10, 0, 1, 0],
    [-10, 1, 1, 1],
    [1, 0, 2, 0],
    [2, 0, -20, 0],
  ],
} as const
const savedSum = savedGraph(
  {
    nodes: [
      { ...adding, id: 1, values: [1, 1] },
      { ...adding, id: 5, type: adds.id, values: [0, 40] },
      { id: 9, type: 'Show', ins: ['value:*'] },
    ],
    links: [
      [1, 0, 5, 0],
      [5, 0, 9, 0],
    ],
  },
  [adds],
)

describeInBrowser('sub-workflows', ({ open, server }) => {
  test('a selection becomes one node, is entered, edited, left, run and unpacked again', async () => {
    const editor = await open(sums())
    await editor.title('2').click()
    await editor.press('Control+Shift+e')
    await expect.poll(async () => (await editor.document()).nodes['4']?.type).toMatch(/^workflow:/)
    await editor.press('Enter')
    await editor.page.locator('.breadcrumbs').waitFor()
    await expect.poll(() => editor.nodes().count()).toBe(1)
    await editor.widget('2', 'b').click()
    await editor.page.keyboard.type('100')
    await editor.page.keyboard.press('Enter')
    await editor.press('Escape', 'Escape')
    await expect.poll(() => editor.nodes().count()).toBe(3)
    await editor.press('Control+Enter')
    await expect.poll(() => editor.node('3').getAttribute('data-state')).toBe('finished')
    const { jobs } = await server().client.jobs.list({ limit: 1 })
    const { events } = await server().client.jobs.events(jobs[0]?.id ?? '')
    expect(JSON.stringify(events)).toContain('103')
    await editor.title('4').click({ button: 'right' })
    await editor.page.getByRole('menuitem', { name: 'Unpack the sub-workflow' }).click()
    await expect
      .poll(async () =>
        Object.values((await editor.document()).nodes)
          .map(({ type }) => type)
          .sort(),
      )
      .toEqual(['Add', 'Add', 'Show'])
  })

  test("a subgraph of ComfyUI's editor is a sub-workflow: shown with its values, entered and run", async () => {
    const { document, problems } = await server().client.importForeign(savedSum)
    expect(problems).toEqual([])
    const editor = await open(document)
    await expect.poll(() => editor.nodes().count()).toBe(3)
    await expect.poll(() => editor.node('5').innerText()).toContain('Adding up')
    await editor.title('5').click()
    await editor.press('Enter')
    await editor.page.locator('.breadcrumbs').waitFor()
    await expect.poll(() => editor.nodes().count()).toBe(2)
    await editor.press('Escape', 'Escape')
    await expect.poll(() => editor.nodes().count()).toBe(3)
    await editor.press('Control+Enter')
    await expect.poll(() => editor.node('9').getAttribute('data-state')).toBe('finished')
    const { jobs } = await server().client.jobs.list({ limit: 1 })
    const { events } = await server().client.jobs.events(jobs[0]?.id ?? '')
    // 2 + 40 + 7, and not the 30 that the node within says.
    expect(JSON.stringify(events)).toContain('49')
  })

  test('making a sub-workflow is one step to undo', async () => {
    const editor = await open(sums())
    const before = (await editor.document()).nodes
    await editor.press('Control+a', 'Control+Shift+e')
    await expect.poll(() => editor.nodes().count()).toBe(1)
    await editor.press('Control+z')
    await expect.poll(() => editor.nodes().count()).toBe(3)
    expect((await editor.document()).nodes).toEqual(before)
  })

  test('the search offers the sub-workflows of the document', async () => {
    const editor = await open(sums())
    await editor.title('2').click()
    await editor.press('Control+Shift+e')
    await expect.poll(() => editor.nodes().count()).toBe(3)
    await editor.add('sub-workflow', { x: 600, y: 700 })
    await expect
      .poll(
        async () =>
          Object.values((await editor.document()).nodes).filter(({ type }) => type.startsWith('workflow:')).length,
      )
      .toBe(2)
  })

  test('a sub-workflow is neither pasted into itself nor offered there', async () => {
    const editor = await open(sums())
    await editor.title('2').click()
    await editor.press('Control+Shift+e')
    await expect.poll(async () => (await editor.document()).nodes['4']?.type).toMatch(/^workflow:/)
    await editor.press('Control+c', 'Enter')
    await editor.page.locator('.breadcrumbs').waitFor()
    await editor.press('Control+Shift+v')
    await editor.page.getByText('a sub-workflow cannot hold itself').waitFor()
    expect(await editor.nodes().count()).toBe(1)
    await editor.page.mouse.dblclick(700, 650)
    await editor.page.getByRole('dialog').getByRole('option').first().waitFor()
    await editor.page.keyboard.type('sub-workflow')
    expect(await editor.page.getByRole('option', { name: /^Sub-workflow/ }).count()).toBe(0)
  })

  test('a value inside is offered outside, renamed there, set and used', async () => {
    const editor = await open(sums())
    await editor.title('2').click()
    await editor.press('Control+Shift+e')
    await expect.poll(() => editor.nodes().count()).toBe(3)
    await editor.press('Enter')
    await editor.page.locator('.breadcrumbs').waitFor()
    await editor.title('2').click({ button: 'right' })
    await editor.page.getByRole('menuitem', { name: 'Offer outside' }).click()
    await editor.page.getByRole('menuitem', { name: 'Offer the input “B”' }).click()
    await editor.press('Escape', 'Escape')
    await editor.widget('4', 'b').waitFor()
    await editor.title('4').click({ button: 'right' })
    await editor.page.getByRole('menuitem', { name: 'Inputs and outputs' }).click()
    await editor.page.getByRole('textbox', { name: 'b', exact: true }).fill('Addend')
    await editor.page.getByRole('button', { name: 'OK' }).click()
    await expect.poll(() => editor.widget('4', 'b').textContent()).toContain('Addend')
    await editor.widget('4', 'b').click()
    await editor.page.keyboard.type('500')
    await editor.page.keyboard.press('Enter')
    await editor.press('Control+Enter')
    await expect.poll(() => editor.node('3').getAttribute('data-state')).toBe('finished')
    const { jobs } = await server().client.jobs.list({ limit: 1 })
    const { events } = await server().client.jobs.events(jobs[0]?.id ?? '')
    expect(JSON.stringify(events)).toContain('503')
  })

  test('breadcrumbs lead out', async () => {
    const editor = await open(sums())
    await editor.title('2').click()
    await editor.press('Control+Shift+e', 'Enter')
    await editor.page.locator('.breadcrumbs').getByRole('button', { name: 'Workflow', exact: true }).click()
    await expect.poll(() => editor.nodes().count()).toBe(3)
    expect(await editor.page.locator('.breadcrumbs').count()).toBe(0)
  })
})
