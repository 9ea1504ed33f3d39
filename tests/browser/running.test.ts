import { expect, test } from 'vitest'
import { describeInBrowser, node, sums, textToImage, type EditorPage } from './editor-page.ts'

const picture = (editor: EditorPage) => editor.node('5').locator('.node-picture img[data-kind=artifact]')

describeInBrowser('running', ({ open, server, restartServer }) => {
  test('Ctrl+Enter runs the workflow, also while typing, and the picture stands in the node', async () => {
    const editor = await open(textToImage())
    await editor.widget('2', 'text').fill('a blue bird')
    await editor.page.keyboard.press('Control+Enter')
    await editor.toast(/Queued as job/).waitFor()
    await picture(editor).waitFor()
    await expect.poll(() => editor.node('3').getAttribute('data-state')).toBe('finished')
    expect(editor.faults).toEqual([])
  })

  test('Ctrl+Enter runs from a button too', async () => {
    const editor = await open(textToImage())
    await editor.node('3').getByRole('button', { name: 'New random seed' }).click()
    await editor.page.keyboard.press('Control+Enter')
    await expect.poll(() => editor.node('5').getAttribute('data-state')).toBe('finished')
  })

  test('what a run takes stands beside the button, and follows the workflow', async () => {
    const editor = await open(textToImage())
    const estimate = editor.page.locator('.run-estimate')
    await expect.poll(() => estimate.textContent()).toBe('≈ 12 s · 1.4 GB')
    await editor.widget('3', 'steps').press('ArrowUp')
    await expect.poll(() => estimate.textContent()).toBe('≈ 15 s · 1.4 GB')
    await estimate.hover()
    await editor.page.getByText('What a run will take here: Sample: ≈ 15 s, 1.4 GB').first().waitFor()
    expect(editor.faults).toEqual([])
  })

  test('a page that is opened in mid-run shows the last step and the last preview, however far the next is', async () => {
    const first = await open(textToImage({ steps: 20, pauseMs: 60_000, seed: 1 }))
    await first.press('Control+Enter')
    await first.node('3').locator('.node-picture img[data-kind=preview]').waitFor()
    const { jobs } = await server().client.jobs.list({ limit: 1 })
    const editor = await open(undefined, { query: `?job=${jobs[0]?.id ?? ''}` })
    await editor.node('3').locator('.node-picture img[data-kind=preview]').waitFor()
    await expect.poll(() => editor.node('3').locator('.status-text').textContent()).toMatch(/Step 1 of 20/)
    await editor.page.getByRole('button', { name: 'Cancel the running job' }).click()
    await expect.poll(() => editor.node('3').getAttribute('data-state')).toBeNull()
    expect(editor.faults).toEqual([])
  })

  test('previews and steps show in the node while it samples', async () => {
    const editor = await open(textToImage({ steps: 60, pauseMs: 60, seed: 1 }))
    await editor.press('Control+Enter')
    await editor.node('3').locator('.node-picture img[data-kind=preview]').waitFor()
    await expect.poll(() => editor.node('3').locator('.status-text').textContent()).toMatch(/Step \d+ of 60/)
    expect(await editor.node('3').getAttribute('data-state')).toBe('running')
    await editor.page.getByRole('button', { name: 'Cancel the running job' }).click()
    await expect.poll(() => editor.node('3').getAttribute('data-state')).toBeNull()
  })

  test('a second run reuses what did not change, and says so', async () => {
    const editor = await open(textToImage({ seed: 77 }))
    await editor.press('Control+Enter')
    await picture(editor).waitFor()
    await editor.press('Control+Enter')
    await expect.poll(() => editor.node('4').locator('.status-text').textContent()).toMatch(/Reused from memory/)
  })

  test('a training tells its loss while it runs, as a curve, then its scores and report', async () => {
    const editor = await open({ ...textToImage(), nodes: { '1': node('Train', { steps: 40 }) }, layout: {} })
    await editor.press('Control+Enter')
    await expect.poll(() => editor.node('1').locator('.node-status').textContent()).toMatch(/Step \d+ of 40 · loss 0\./)
    await editor.page.getByRole('button', { name: 'Timeline' }).click()
    await editor.page.locator('.plot canvas').waitFor()
    expect(await editor.node('1').getAttribute('data-state')).toBe('running')
    await expect.poll(() => editor.node('1').getAttribute('data-state'), { timeout: 15_000 }).toBe('finished')
    const report = editor.page.locator('.node-report')
    await report.getByRole('cell', { name: '12.35' }).waitFor()
    expect(await report.locator('.facts').textContent()).toBe('done40')
    expect(await report.locator('pre').textContent()).toBe('It went well.\nTwice.')
    expect(editor.faults).toEqual([])
  })

  test('a failure is told on the node, with its inputs, and can be found from the panel', async () => {
    const editor = await open({
      ...sums(),
      nodes: {
        '1': node('Fail', { reason: 'for the test' }),
        '3': node('Show', {}, { value: { node: '1', output: 'sum' } }),
      },
    })
    await editor.press('Control+Enter')
    await expect.poll(() => editor.node('1').getAttribute('data-state')).toBe('failed')
    expect(await editor.node('1').locator('.status-text').textContent()).toContain('for the test')
    await editor.press('Control+k')
    await editor.page.keyboard.press('Escape')
    await editor.page.getByRole('button', { name: 'Timeline' }).click()
    await editor.page.locator('.timeline [data-outcome=failed]').waitFor()
  })

  test('a workflow that cannot run is refused with its problems, and each leads to its node', async () => {
    const editor = await open({
      ...textToImage(),
      nodes: {
        '3': node('Sample'),
        '4': node('Decode', {}, { latents: { node: '3', output: 'latents' } }),
        '5': node('SaveImage', {}, { image: { node: '4', output: 'image' } }),
      },
    })
    await editor.press('Control+Enter')
    await editor.toast(/problems/).waitFor()
    const issues = editor.page.locator('.issue')
    expect(await issues.count()).toBeGreaterThanOrEqual(2)
    await issues.first().getByRole('button', { name: 'Show' }).click()
    await expect.poll(() => editor.node('3').getAttribute('data-selected')).toBe('true')
  })

  test('only what a chosen node needs is run', async () => {
    const editor = await open(textToImage({ seed: 1234 }))
    await editor.title('2').click({ button: 'right' })
    await editor.page.getByRole('menuitem', { name: 'Run to here' }).click()
    await expect.poll(() => editor.node('2').getAttribute('data-state')).toMatch(/finished|reused/)
    expect(await editor.node('3').getAttribute('data-state')).toBeNull()
  })

  test('several runs are queued at once; the queue is paused, reordered and cleared', async () => {
    const editor = await open(textToImage({ seed: 5, steps: 3 }))
    await editor.page.getByRole('button', { name: 'Queue' }).click()
    await editor.page.getByRole('button', { name: 'Pause the queue' }).click()
    await editor.page.getByRole('button', { name: 'Go on' }).waitFor()
    await editor.press('Control+Enter', 'Control+Enter', 'Control+Enter')
    const waiting = editor.page.locator('.right .job')
    await expect.poll(() => waiting.count()).toBe(3)
    const last = await waiting.last().locator('.faint').first().textContent()
    await waiting.last().getByRole('button', { name: 'Move to the front' }).click()
    await expect.poll(() => waiting.first().locator('.faint').first().textContent()).toBe(last)
    await editor.page.getByRole('button', { name: 'Cancel all that wait' }).click()
    await expect.poll(() => waiting.count()).toBe(0)
    await editor.page.getByRole('button', { name: 'Go on' }).click()
    await editor.page.getByRole('button', { name: 'Pause the queue' }).waitFor()
  })

  test('a seed changes after each run if wanted', async () => {
    const workflow = textToImage({ seed: 41 })
    const editor = await open(workflow)
    await editor
      .node('3')
      .getByRole('button', { name: /After each run/ })
      .click()
    await editor.page.getByRole('menuitemradio', { name: 'add 1' }).click()
    await editor.press('Control+Enter')
    await expect.poll(() => editor.widget('3', 'seed').inputValue()).toBe('42')
    const { jobs } = await server().client.jobs.list({ limit: 1 })
    expect((await server().client.jobs.get(jobs[0]?.id ?? '')).document.nodes['3']?.values['seed']).toBe(41)
  })

  test('a grid runs each combination of values', async () => {
    const editor = await open(sums())
    const before = (await server().client.jobs.list()).total
    await editor.page.getByRole('button', { name: 'More', exact: true }).click()
    await editor.page.getByRole('menuitem', { name: 'Grid or batch…' }).click()
    await editor.page.locator('.axis select').selectOption({ label: 'Add · A' })
    await editor.page.locator('.axis textarea').fill('1\n2\n3')
    await editor.page.getByRole('button', { name: /Run all/ }).click()
    await editor.toast('Queued 3 jobs').waitFor()
    expect((await server().client.jobs.list()).total).toBe(before + 3)
    await editor.page.getByRole('dialog', { name: 'Results of the grid' }).getByRole('columnheader').nth(3).waitFor()
  })

  test('a result is opened large, with its details', async () => {
    const editor = await open(textToImage({ seed: 9 }))
    await editor.press('Control+Enter')
    await picture(editor).waitFor()
    await picture(editor).click()
    const dialog = editor.page.getByRole('dialog')
    await dialog.locator('.result-large img').waitFor()
    expect(await dialog.locator('.result-bar').textContent()).toContain('64 × 64')
    await editor.page.keyboard.press('Escape')
    await expect.poll(() => dialog.count()).toBe(0)
  })

  test('the history has every job with its picture, and restores its workflow exactly', async () => {
    const workflow = textToImage({ seed: 4711, sampler: 'heun' })
    const editor = await open(workflow)
    await editor.press('Control+Enter')
    await picture(editor).waitFor()
    await editor.press('q')
    const [job] = await editor.page.locator('.side .job').all()
    await job?.locator('.job-pictures img').waitFor()
    await job?.getByRole('button', { name: /exactly as it ran/ }).click()
    await expect.poll(() => editor.page.locator('.tab-title').count()).toBe(2)
    await picture(editor).waitFor()
    const restored = await editor.document()
    expect(restored.nodes).toEqual(workflow.nodes)
  })

  test('two windows watch one job', async () => {
    const first = await open(textToImage({ steps: 80, pauseMs: 50, seed: 3 }))
    await first.press('Control+Enter')
    await expect.poll(() => first.node('3').getAttribute('data-state')).toBe('running')
    const { jobs } = await server().client.jobs.list({ limit: 1 })
    const second = await open(undefined, { query: `?job=${jobs[0]?.id ?? ''}` })
    await expect.poll(() => second.node('3').getAttribute('data-state')).toBe('running')
    await expect.poll(() => second.node('3').locator('.status-text').textContent()).toMatch(/Step \d+ of 80/)
    await second.page.getByRole('button', { name: 'Cancel the running job' }).click()
    await expect.poll(() => first.node('3').getAttribute('data-state')).toBeNull()
  })

  test('the server is killed in mid-run: edits are kept, and the run is caught up with when it is back', async () => {
    const editor = await open(textToImage({ steps: 40, pauseMs: 50, seed: 8 }))
    await editor.press('Control+Enter')
    await expect.poll(() => editor.node('3').getAttribute('data-state')).toBe('running')
    const restarted = restartServer()
    await editor.page.locator('.offline').waitFor()
    await editor.widget('2', 'text').fill('written while offline')
    await restarted
    await expect.poll(() => editor.page.locator('.offline').count(), { timeout: 30_000 }).toBe(0)
    await picture(editor).waitFor({ timeout: 60_000 })
    expect(await editor.widget('2', 'text').inputValue()).toBe('written while offline')
  }, 100_000)
})
