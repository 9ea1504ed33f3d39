// @vitest-environment jsdom
import { fireEvent, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import type { DialogState } from '../../state/editor.ts'
import { instance, pictureWorkflow, workflowOf } from '../../testing/manifests.ts'
import { click, openDialog } from '../../testing/component-kit.tsx'
import { preparePage } from '../../testing/page.ts'
import { createTestEditor, renderInTab, renderPage, type TestEditor } from '../../testing/test-editor.tsx'
import { Dialogs } from './dialogs.tsx'

preparePage()

const dialogOf = (kit: TestEditor): DialogState => kit.editor.surface.getState().dialog

describe('settings', () => {
  const general = { type: 'settings', part: 'general' } as const
  test('of the theme and of the shape of links are kept', async () => {
    const kit = await openDialog(general)
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Theme' }), 'Dark')
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Shape of links' }), 'Straight')
    expect(kit.editor.settings.getState()).toMatchObject({ theme: 'dark', linkStyle: 'straight' })
  })
  test('of the language are spoken at once', async () => {
    await openDialog(general)
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Language' }), '中文')
    expect(await screen.findByRole('dialog', { name: '设置' })).toBeDefined()
    expect(document.documentElement.lang).toBe('zh')
  })
  test('that are on or off are switched', async () => {
    const kit = await openDialog(general)
    await userEvent.click(screen.getByRole('checkbox', { name: 'Snap to the grid' }))
    expect(kit.editor.settings.getState().snap).toBe(true)
  })
})

describe('the list of keys', () => {
  const keys = { type: 'settings', part: 'keys' } as const
  test('takes a key for a command, and gives it up again', async () => {
    const kit = await openDialog(keys)
    await click('Add a key for “Arrange all nodes”')
    fireEvent.keyDown(window, { key: 'j', ctrlKey: true })
    expect(kit.editor.settings.getState().keys).toEqual({ arrange: ['Ctrl+Shift+L', 'Ctrl+J'] })
    await click('Remove Ctrl+J')
    expect(kit.editor.settings.getState().keys).toEqual({})
  })
  test('Escape ends the recording and leaves the dialog open', async () => {
    const kit = await openDialog(keys)
    await click('Add a key for “Arrange all nodes”')
    fireEvent.keyDown(window, { key: 'Escape' })
    expect(kit.editor.settings.getState().keys).toEqual({})
    expect(dialogOf(kit)).toEqual(keys)
  })
  test('is filtered, and goes back to the usual keys', async () => {
    const kit = await openDialog(keys)
    await userEvent.type(screen.getByRole('searchbox', { name: 'Search commands' }), 'undo')
    expect(screen.getAllByRole('term').map((term) => term.textContent)).toEqual(['Undo'])
    await click('Remove Ctrl+Z')
    expect(kit.editor.settings.getState().keys).toEqual({ undo: [] })
    await click('Back to the usual keys')
    expect(kit.editor.settings.getState().keys).toEqual({})
  })
})

describe('templates', () => {
  const templates = [
    { id: 'first', document: { ...pictureWorkflow, name: 'A first picture', description: 'An apple.' } },
    { id: 'second', document: { ...pictureWorkflow, name: 'Inpaint' } },
  ]
  test('are found by words and opened by a press', async () => {
    const kit = await openDialog({ type: 'templates' }, { prepare: (server) => void (server.templates = templates) })
    await screen.findByText('A first picture')
    await userEvent.type(screen.getByRole('searchbox', { name: 'Search templates' }), 'inpaint')
    expect(screen.queryByText('A first picture')).toBeNull()
    await userEvent.click(screen.getByText('Inpaint'))
    expect(kit.editor.workspace.active()?.title).toBe('Inpaint')
    expect(dialogOf(kit)).toEqual({ type: 'none' })
  })
  test('that cannot be had say why', async () => {
    const kit = await createTestEditor()
    kit.server.isReachable = false
    kit.editor.surface.setState({ dialog: { type: 'templates' } })
    renderInTab(kit, <Dialogs stage={undefined} />)
    expect(await screen.findByText(/^No answer from/)).toBeDefined()
  })
})

describe('inputs and outputs of a sub-workflow', () => {
  const workflow = workflowOf(
    { 1: instance('workflow:inner') },
    {
      workflows: {
        inner: {
          label: 'Inner',
          nodes: { 1: instance('Sample', { links: { steps: { input: 'steps' }, model: { input: 'model' } } }) },
          inputs: { steps: { like: { node: '1', input: 'steps' } }, model: { like: { node: '1', input: 'model' } } },
          outputs: { image: { node: '1', output: 'image' } },
        },
      },
    },
  )
  const inner = (kit: TestEditor) => kit.tab.document.store.getState().workflow.workflows?.['inner']
  const open = () => openDialog({ type: 'sub-workflow', name: 'inner' }, { workflow })

  test('are renamed', async () => {
    const kit = await open()
    fireEvent.change(screen.getByRole('textbox', { name: 'steps' }), { target: { value: 'Rounds' } })
    expect(inner(kit)?.inputs['steps']?.label).toBe('Rounds')
  })
  test('are moved', async () => {
    const kit = await open()
    await click('Move “Model” up')
    expect(Object.keys(inner(kit)?.inputs ?? {})).toEqual(['model', 'steps'])
  })
  test('are taken away', async () => {
    const kit = await open()
    await click('Remove “Image”')
    expect(inner(kit)?.outputs).toEqual({})
  })
  test('stand under its name, which is typed as one step to undo', async () => {
    const kit = await open()
    const field = screen.getByRole('textbox', { name: 'Name' })
    fireEvent.change(field, { target: { value: 'Sam' } })
    fireEvent.change(field, { target: { value: 'Sampling' } })
    expect(inner(kit)?.label).toBe('Sampling')
    kit.tab.document.undo()
    expect(inner(kit)?.label).toBe('Inner')
  })
})

describe('dialogs about a node on the canvas', () => {
  test('the help says what the node, its inputs and its outputs are', async () => {
    const kit = await createTestEditor()
    await renderPage(kit)
    kit.editor.surface.setState({ dialog: { type: 'node-help', node: '3' } })
    const dialog = await screen.findByRole('dialog', { name: 'Sample' })
    expect(dialog.textContent).toContain('Turns noise into a picture.')
    expect(
      within(dialog)
        .getAllByRole('term')
        .map((term) => term.textContent),
    ).toContain('→ Image Image')
  })
  test('of a type that no pack defines say so', async () => {
    const kit = await createTestEditor({ workflow: workflowOf({ 1: instance('Lost') }) })
    await renderPage(kit)
    kit.editor.surface.setState({ dialog: { type: 'node-help', node: '1' } })
    expect(await screen.findByRole('dialog', { name: 'Unknown node “Lost”' })).toBeDefined()
  })
  test('linking goes from a socket to one that fits, by the keyboard', async () => {
    const workflow = { ...pictureWorkflow, nodes: { ...pictureWorkflow.nodes, 4: instance('SaveImage') } }
    const kit = await createTestEditor({ workflow })
    await renderPage(kit)
    kit.editor.surface.setState({ dialog: { type: 'link', node: '3' } })
    await screen.findByRole('dialog', { name: 'Link Sample 3' })
    await userEvent.keyboard('{Enter}')
    await screen.findByText('To which socket?')
    await userEvent.click(screen.getByRole('button', { name: 'Save image 4 · Image (Image)' }))
    expect(kit.tab.document.graph().nodes['4']?.links).toEqual({ image: { node: '3', output: 'image' } })
  })
})
