// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test, vi } from 'vitest'
import { say } from '../state/editor.ts'
import { instance, workflowOf } from '../testing/manifests.ts'
import { preparePage } from '../testing/page.ts'
import {
  createTestEditor,
  renderPage,
  tabNow,
  type TestEditor,
  type TestEditorOptions,
} from '../testing/test-editor.tsx'

preparePage()

async function opened(
  options: TestEditorOptions = {},
  surface: Partial<ReturnType<TestEditor['editor']['surface']['getState']>> = {},
): Promise<TestEditor> {
  const kit = await createTestEditor(options)
  kit.editor.surface.setState(surface)
  await renderPage(kit)
  return kit
}
const button = (name: string | RegExp, within_: HTMLElement = document.body) =>
  within(within_).getByRole<HTMLButtonElement>('button', { name })
const click = async (name: string | RegExp): Promise<void> =>
  userEvent.click(await screen.findByRole('button', { name }))

describe('what floats over the canvas', () => {
  test('an empty canvas leads to the search and to templates', async () => {
    const kit = await opened({ workflow: workflowOf({}) })
    await click('Browse templates')
    expect(kit.editor.surface.getState().dialog).toEqual({ type: 'templates' })
    await userEvent.keyboard('{Escape}')
    const [add] = screen.getAllByRole('button', { name: 'Add a node' })
    if (add) await userEvent.click(add)
    expect(kit.editor.surface.getState().search).toBeDefined()
  })
  test('a bar says what is missing, and leads to what can be done', async () => {
    const kit = await opened({ workflow: workflowOf({ 1: instance('Lost') }) })
    expect(await screen.findByText('One thing that this workflow names is not on this server.')).toBeDefined()
    const [fix] = screen.getAllByRole('button', { name: 'Find a fix…' })
    if (fix) await userEvent.click(fix)
    expect(kit.editor.surface.getState().dialog).toEqual({ type: 'missing' })
  })
  test('a comparison is counted, and ended', async () => {
    const kit = await opened()
    kit.editor.surface.setState({
      comparison: {
        tab: kit.tab.id,
        version: 1,
        document: workflowOf({ 3: instance('Sample'), 9: instance('Sample') }),
      },
    })
    expect(await screen.findByText('Compared with version 1')).toBeDefined()
    expect(screen.getByRole('application').querySelectorAll('.comparison-mark[data-kind=removed]')).toHaveLength(1)
    await click('End the comparison')
    expect(kit.editor.surface.getState().comparison).toBeUndefined()
  })
  test('the colours of sockets are shown when asked for', async () => {
    await opened()
    await click('Colours of sockets')
    expect(within(screen.getByRole('complementary', { name: 'Colours of sockets' })).getByText('Model')).toBeDefined()
  })
  test('the way out of a sub-workflow is shown', async () => {
    const workflow = workflowOf(
      { 1: instance('workflow:inner') },
      { workflows: { inner: { label: 'Inner', nodes: {}, inputs: {}, outputs: {} } } },
    )
    const kit = await opened({ workflow })
    await click('Open the sub-workflow')
    expect(kit.tab.document.store.getState().path).toHaveLength(1)
    await userEvent.click(button('Workflow', screen.getByRole('navigation', { name: 'Workflow' })))
    expect(kit.tab.document.store.getState().path).toEqual([])
  })
})

describe('what is said', () => {
  test('stands there for a while, errors longer', async () => {
    const kit = await opened()
    vi.useFakeTimers()
    try {
      say(kit.editor.surface, 'short')
      say(kit.editor.surface, 'long', 'bad')
      await vi.advanceTimersByTimeAsync(4000)
      expect(kit.editor.surface.getState().toasts.map((toast) => toast.text)).toEqual(['long'])
      await vi.advanceTimersByTimeAsync(4000)
      expect(kit.editor.surface.getState().toasts).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })
  test('no connection is said until there is one again', async () => {
    const kit = await opened()
    kit.server.disconnect()
    expect(await screen.findByRole('alert')).toBeDefined()
    kit.server.connect()
    await waitFor(() => expect(screen.queryByText(/^No connection/)).toBeNull(), { timeout: 3000 })
  })
  test('a file that carries no workflow is refused in words', async () => {
    const kit = await opened()
    fireEvent.drop(window, {
      dataTransfer: { files: [new File(['hello'], 'notes.json')], types: ['Files'], getData: () => '' },
    })
    await waitFor(() => expect(kit.said.at(-1)).toMatch(/^Could not open notes\.json: /))
    expect(tabNow(kit)).toBeDefined()
  })
})
