// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test, vi } from 'vitest'
import { say } from '../state/editor.ts'
import { instance, workflowOf } from '../testing/manifests.ts'
import { button, click, openPage } from '../testing/component-kit.tsx'
import { preparePage } from '../testing/page.ts'
import { tabNow } from '../testing/test-editor.tsx'

preparePage()

describe('what floats over the canvas', () => {
  test('an empty canvas leads to the search and to templates', async () => {
    const kit = await openPage({ workflow: workflowOf({}) })
    await click('Browse templates')
    expect(kit.editor.surface.getState().dialog).toEqual({ type: 'templates' })
    await userEvent.keyboard('{Escape}')
    const [add] = screen.getAllByRole('button', { name: 'Add a node' })
    if (add) await userEvent.click(add)
    expect(kit.editor.surface.getState().search).toBeDefined()
  })
  test('a bar says what is missing, and leads to what can be done', async () => {
    const kit = await openPage({ workflow: workflowOf({ 1: instance('Lost') }) })
    expect(await screen.findByText('One thing that this workflow names is not on this server.')).toBeDefined()
    const [fix] = screen.getAllByRole('button', { name: 'Find a fix…' })
    if (fix) await userEvent.click(fix)
    expect(kit.editor.surface.getState().dialog).toEqual({ type: 'missing' })
  })
  test('a comparison is counted, and ended', async () => {
    const kit = await openPage()
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
    await openPage()
    await click('Colours of sockets')
    expect(within(screen.getByRole('complementary', { name: 'Colours of sockets' })).getByText('Model')).toBeDefined()
  })
  test('the way out of a sub-workflow is shown', async () => {
    const workflow = workflowOf(
      { 1: instance('workflow:inner') },
      { workflows: { inner: { label: 'Inner', nodes: {}, inputs: {}, outputs: {} } } },
    )
    const kit = await openPage({ workflow })
    await click('Open the sub-workflow')
    expect(kit.tab.document.store.getState().path).toHaveLength(1)
    await userEvent.click(button('Workflow', screen.getByRole('navigation', { name: 'Workflow' })))
    expect(kit.tab.document.store.getState().path).toEqual([])
  })
})

describe('what is said', () => {
  test('stands there for a while, errors longer', async () => {
    const kit = await openPage()
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
    const kit = await openPage()
    kit.server.disconnect()
    expect(await screen.findByRole('alert')).toBeDefined()
    kit.server.connect()
    await waitFor(() => expect(screen.queryByText(/^No connection/)).toBeNull(), { timeout: 3000 })
  })
  test('a file that carries no workflow is refused in words', async () => {
    const kit = await openPage()
    fireEvent.drop(window, {
      dataTransfer: { files: [new File(['hello'], 'notes.json')], types: ['Files'], getData: () => '' },
    })
    await waitFor(() => expect(kit.said.at(-1)).toMatch(/^Could not open notes\.json: /))
    expect(tabNow(kit)).toBeDefined()
  })
})

describe('messages', () => {
  test('can be answered, which ends them', async () => {
    const kit = await openPage()
    const run = vi.fn()
    say(kit.editor.surface, 'It failed.', 'bad', { label: 'Look', run })
    await click('Look')
    expect(run).toHaveBeenCalledTimes(1)
    expect(screen.queryByText('It failed.')).toBeNull()
  })
  test('are put away by hand', async () => {
    const kit = await openPage()
    say(kit.editor.surface, 'It is done.')
    await click('Dismiss')
    expect(screen.queryByText('It is done.')).toBeNull()
  })
})

describe('nodes for who cannot see them', () => {
  const described = (name: string) => {
    const id = screen.getByRole('article', { name }).getAttribute('aria-describedby') ?? ''
    return document.getElementById(id)?.textContent
  }
  test('say what feeds them and what they feed', async () => {
    await openPage()
    expect(described('Sample, node 3')).toBe(
      'Takes Model from Load model. Takes Positive from Encode text. Gives Image to Save image.',
    )
  })
  test('are read in the order of their links, whatever their ids', async () => {
    const link = { node: '9', output: 'image' }
    const workflow = workflowOf({ 1: instance('SaveImage', { links: { image: link } }), 9: instance('LoadImage') })
    await openPage({ workflow })
    expect(screen.getAllByRole('article').map((node) => node.getAttribute('aria-label'))).toEqual([
      'Load image, node 9',
      'Save image, node 1',
    ])
  })
  test('name a field with the node that it is of', async () => {
    await openPage({
      workflow: workflowOf(
        { 1: instance('EncodeText') },
        { layout: { nodes: { 1: { x: 0, y: 0, title: 'Negative' } } } },
      ),
    })
    expect(screen.getByRole('textbox', { name: 'Text, Negative' })).toBeDefined()
  })
})

test('advanced settings are shown and hidden by a line of the node', async () => {
  await openPage()
  await click('1 more setting')
  expect(screen.getByRole('spinbutton', { name: 'Eta, Sample' })).toBeDefined()
  await click('Fewer settings')
  expect(screen.queryByRole('spinbutton', { name: 'Eta, Sample' })).toBeNull()
})
