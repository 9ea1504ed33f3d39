// @vitest-environment jsdom
import { fireEvent, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import { pictureWorkflow } from '../testing/manifests.ts'
import { artifact, button, click, openPage } from '../testing/component-kit.tsx'
import { preparePage } from '../testing/page.ts'
import type { TestEditor } from '../testing/test-editor.tsx'

preparePage()

describe('the form of a workflow', () => {
  test('has its texts and seeds, and runs', async () => {
    const kit = await openPage({}, { view: 'app' })
    const form = screen.getByRole('form', { name: 'Inputs' })
    fireEvent.change(within(form).getByRole('textbox', { name: 'Encode text: Text' }), { target: { value: 'a pear' } })
    fireEvent.change(within(form).getByRole('textbox', { name: 'Seed' }), { target: { value: '11' } })
    await userEvent.click(button('Run', form))
    await screen.findByText('Queued as job 1')
    expect(kit.server.requestsTo('POST /jobs')[0]?.body).toMatchObject({
      document: { nodes: { 2: { values: { text: 'a pear' } }, 3: { values: { seed: 11 } } } },
    })
  })
  test('has the inputs that were chosen, under their labels', async () => {
    const workflow = { ...pictureWorkflow, parameters: { rounds: { node: '3', input: 'steps', label: 'Rounds' } } }
    const kit = await openPage({ workflow }, { view: 'app' })
    const field = screen.getByRole('textbox', { name: 'Rounds' })
    fireEvent.change(field, { target: { value: '6*5' } })
    fireEvent.blur(field)
    expect(kit.tab.document.graph().nodes['3']?.values['steps']).toBe(30)
    expect(screen.queryByRole('textbox', { name: 'Seed' })).toBeNull()
  })
  test('shows the result, and opens it large', async () => {
    const kit = await openPage({}, { view: 'app' })
    expect(screen.getByText('The result appears here.')).toBeDefined()
    await userEvent.click(button('Run', screen.getByRole('form')))
    await screen.findByText('Queued as job 1')
    kit.server.event('job1', { type: 'node-artifact', node: '4', artifact: artifact() })
    kit.server.event('job1', { type: 'job-succeeded' })
    await userEvent.click(await screen.findByRole('button', { name: 'Open large' }))
    expect(kit.editor.surface.getState().dialog).toEqual({ type: 'result', node: '4', index: 0 })
  })
})

describe('a result, large', () => {
  const withResults = async (): Promise<TestEditor> => {
    const kit = await openPage()
    await click('Run')
    await screen.findByText('Queued as job 1')
    kit.server.event('job1', { type: 'node-artifact', node: '4', artifact: artifact() })
    kit.server.event('job1', {
      type: 'node-artifact',
      node: '4',
      artifact: artifact({ name: 'second.png', hash: 'sha256:def' }),
    })
    kit.editor.surface.setState({ dialog: { type: 'result', node: '4', index: 0 } })
    await screen.findByRole('dialog', { name: 'apple.png' })
    return kit
  }
  test('says what it is, and steps through the batch', async () => {
    await withResults()
    expect(screen.getByRole('dialog').textContent).toContain('64 × 64 · image/png · 2 kB')
    expect(screen.getByText('1 / 2')).toBeDefined()
    await click('Next')
    expect(await screen.findByRole('dialog', { name: 'second.png' })).toBeDefined()
    expect(button('Next').disabled).toBe(true)
  })
  test('is downloaded under its name', async () => {
    await withResults()
    expect(within(screen.getByRole('dialog')).getByRole('link', { name: 'Download' }).getAttribute('download')).toBe(
      'apple.png',
    )
  })
})

test('while a run goes on, the form shows its preview in place of the result before', async () => {
  const kit = await openPage({}, { view: 'app' })
  const run = async (): Promise<void> => userEvent.click(button('Run', screen.getByRole('form')))
  await run()
  await screen.findByText('Queued as job 1')
  kit.server.event('job1', { type: 'node-artifact', node: '4', artifact: artifact() })
  kit.server.event('job1', { type: 'job-succeeded' })
  await screen.findByRole('img', { name: 'apple.png' })
  await run()
  await screen.findByText('Queued as job 2')
  kit.server.event('job2', { type: 'job-started', device: 'cpu', attempt: 1 })
  expect(screen.getAllByRole('img').map((one) => one.getAttribute('alt'))).toEqual(['apple.png'])
  kit.server.event('job2', { type: 'node-started', node: '3' })
  const header = { job: 'job2', node: '3', mime: 'image/webp', width: 8, height: 8, index: 0 }
  kit.server.preview(header, new Uint8Array([1]))
  await screen.findByRole('img', { name: 'Running' })
  expect(screen.getAllByRole('img')).toHaveLength(1)
})
