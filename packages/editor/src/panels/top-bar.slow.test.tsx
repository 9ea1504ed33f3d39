// @vitest-environment jsdom
import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test, vi } from 'vitest'
import { instance } from '../testing/manifests.ts'
import { button, click, openPage } from '../testing/component-kit.tsx'
import { preparePage } from '../testing/page.ts'

preparePage()

describe('running', () => {
  test('several times queues several jobs', async () => {
    const kit = await openPage({}, { runs: 4 })
    await click(/^Run × 4/)
    await screen.findByText('Queued 4 jobs')
    expect(kit.server.requestsTo('POST /jobs')).toHaveLength(4)
  })
  test('how often is chosen in the menu', async () => {
    const kit = await openPage()
    await click('More')
    await userEvent.click(screen.getByRole('menuitemradio', { name: '8' }))
    expect(kit.editor.surface.getState().runs).toBe(8)
  })
  test('shows progress on the node and what became of it', async () => {
    const kit = await openPage()
    await click('Run')
    await screen.findByText('Queued as job 1')
    kit.server.event('job1', { type: 'job-started', device: 'cpu', attempt: 1 })
    kit.server.event('job1', { type: 'node-started', node: '3' })
    kit.server.event('job1', { type: 'node-progress', node: '3', step: 3, steps: 20 })
    expect(await screen.findByText('Step 3 of 20')).toBeDefined()
    kit.server.event('job1', { type: 'node-finished', node: '3', ms: 1500 })
    kit.server.event('job1', { type: 'node-reused', node: '1', from: 'disk' })
    expect(await screen.findByText('1.5 s')).toBeDefined()
    expect(screen.getByText('Reused from disk')).toBeDefined()
  })
  test('what it will take is told where the nodes can tell', async () => {
    await openPage({
      prepare: (server) =>
        server.on('POST /validate', () => ({
          ok: true,
          issues: [],
          estimates: [{ node: '3', type: 'Sample', seconds: 2, bytes: 3e8 }],
        })),
    })
    expect(await screen.findByText('≈ 2.0 s · 300 MB', {}, { timeout: 3000 })).toBeDefined()
  })
})

describe('the tabs', () => {
  const tabs = () => screen.getByRole('navigation', { name: 'Open workflows' })
  test('are switched by a press and by the arrow keys', async () => {
    const kit = await openPage()
    await click('New workflow')
    expect(kit.editor.workspace.active()?.title).toBe('')
    await userEvent.click(button('Apple', tabs()))
    expect(kit.editor.workspace.active()?.id).toBe(kit.tab.id)
    await userEvent.keyboard('{ArrowRight}')
    expect(kit.editor.workspace.active()?.id).not.toBe(kit.tab.id)
  })
  test('that are not saved ask before they close; others close at once', async () => {
    const kit = await openPage()
    kit.tab.document.editGraph('x', (graph) => ({ ...graph, nodes: { ...graph.nodes, 9: instance('Sample') } }))
    await click('Close Apple')
    expect(kit.editor.surface.getState().dialog).toEqual({ type: 'close-tab', tab: kit.tab.id })
    kit.editor.surface.setState({ dialog: { type: 'none' } })
    kit.tab.document.markSaved()
    await click('Close Apple')
    expect(kit.editor.workspace.store.getState().tabs.some((one) => one.id === kit.tab.id)).toBe(false)
  })
  test('say which are not saved', async () => {
    const kit = await openPage()
    kit.tab.document.editGraph('x', (graph) => ({ ...graph, nodes: {} }))
    expect(await within(tabs()).findByText(', not saved')).toBeDefined()
  })
})

describe('the menu', () => {
  test('chooses theme and language', async () => {
    const kit = await openPage()
    await click('Menu')
    await userEvent.click(screen.getByRole('menuitemradio', { name: 'Dark' }))
    expect(document.documentElement.dataset['theme']).toBe('dark')
    await click('Menu')
    await userEvent.click(screen.getByRole('menuitemradio', { name: '中文' }))
    expect(kit.editor.settings.getState().language).toBe('zh')
    expect(document.documentElement.lang).toBe('zh')
    await expect.poll(() => kit.editor.language.getState().code).toBe('zh')
  })
  test('copies a link to what is saved, and asks to save what is not', async () => {
    const kit = await openPage()
    const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue()
    await click('Menu')
    await userEvent.click(screen.getByRole('menuitem', { name: 'Copy a link to this workflow' }))
    expect(kit.said).toContain('Save the workflow first, then its link can be shared.')
    kit.editor.workspace.patch(kit.tab.id, { server: { id: 'w 1', version: 1 } })
    await click('Menu')
    await userEvent.click(screen.getByRole('menuitem', { name: 'Copy a link to this workflow' }))
    expect(write.mock.calls[0]?.[0]).toMatch(/\?workflow=w%201$/)
  })
})

describe('the list of commands', () => {
  test('is filtered, and does what is chosen', async () => {
    const kit = await openPage({}, { commands: true })
    await userEvent.type(await screen.findByRole('combobox', { name: 'Search commands' }), 'select all')
    await userEvent.keyboard('{Enter}')
    expect(kit.tab.document.store.getState().selection.size).toBe(4)
    expect(kit.editor.surface.getState().commands).toBe(false)
  })
  test('shows the key of each', async () => {
    await openPage({}, { commands: true })
    await userEvent.type(await screen.findByRole('combobox', { name: 'Search commands' }), 'undo')
    expect(screen.getAllByRole('option')[0]?.textContent).toBe('UndoCtrl+Z')
  })
})
