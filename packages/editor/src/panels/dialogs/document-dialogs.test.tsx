// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import type { DialogState } from '../../state/editor.ts'
import { instance, pictureWorkflow } from '../../testing/manifests.ts'
import { Refusal } from '../../testing/memory-server.ts'
import { click, fill, openDialog } from '../../testing/component-kit.tsx'
import { preparePage } from '../../testing/page.ts'
import { createTestEditor, renderInTab, tabNow, type TestEditor } from '../../testing/test-editor.tsx'
import { Dialogs } from './dialogs.tsx'

preparePage()

const dialogOf = (kit: TestEditor): DialogState => kit.editor.surface.getState().dialog
const saved = (server: TestEditor['server'], count = 1): void => {
  for (let version = 1; version <= count; version++) {
    const nodes = { ...pictureWorkflow.nodes, 3: instance('Sample', { values: { seed: version } }) }
    server.save('w1', { document: { ...pictureWorkflow, nodes }, name: 'Apple' })
  }
}

describe('any dialog', () => {
  test('is closed by its button and by Escape', async () => {
    const kit = await openDialog({ type: 'details' })
    await click('Close')
    expect(dialogOf(kit)).toEqual({ type: 'none' })
    kit.editor.surface.setState({ dialog: { type: 'details' } })
    await screen.findByRole('dialog')
    await userEvent.keyboard('{Escape}')
    expect(dialogOf(kit)).toEqual({ type: 'none' })
  })
})

describe('saving under a name', () => {
  test('makes a workflow of that name, with what changed', async () => {
    const kit = await openDialog({ type: 'save-as' })
    await fill('Name', 'Pear')
    await fill('What changed (optional)', 'greener')
    await click('Save')
    await waitFor(() => expect(kit.said).toContain('Saved as version 1'))
    expect(kit.server.requestsTo('POST /workflows')[0]?.body).toMatchObject({ name: 'Pear', message: 'greener' })
    expect(tabNow(kit).title).toBe('Pear')
  })
  test('needs a name', async () => {
    await openDialog({ type: 'save-as' })
    await fill('Name', '')
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Save' }).disabled).toBe(true)
  })
})

describe('name, description and tags', () => {
  test('are written into the document, and can be undone', async () => {
    const kit = await openDialog({ type: 'details' })
    await fill('Name', 'Pear')
    await fill('Description', 'A green one.')
    await fill('Tags, separated by commas', ' fruit , ,green')
    await click('OK')
    expect(kit.tab.document.store.getState().workflow).toMatchObject({
      name: 'Pear',
      description: 'A green one.',
      tags: ['fruit', 'green'],
    })
    expect(tabNow(kit).title).toBe('Pear')
    kit.tab.document.undo()
    expect(kit.tab.document.store.getState().workflow).not.toHaveProperty('tags')
  })
  test('that are empty are not kept', async () => {
    const kit = await openDialog({ type: 'details' })
    await fill('Name', '')
    await click('OK')
    expect(kit.tab.document.store.getState().workflow).not.toHaveProperty('name')
  })
})

describe('closing a tab that is not saved', () => {
  test('asks, and leaves it by Cancel', async () => {
    const kit = await createTestEditor()
    kit.editor.surface.setState({ dialog: { type: 'close-tab', tab: kit.tab.id } })
    renderInTab(kit, <Dialogs stage={undefined} />)
    expect(await screen.findByRole('dialog', { name: 'Close “Apple” without saving?' })).toBeDefined()
    await click('Cancel')
    expect(tabNow(kit)).toBe(kit.tab)
    expect(kit.editor.workspace.store.getState().tabs).toHaveLength(1)
  })
  test('closes it when that is chosen', async () => {
    const kit = await createTestEditor()
    kit.editor.surface.setState({ dialog: { type: 'close-tab', tab: kit.tab.id } })
    renderInTab(kit, <Dialogs stage={undefined} />)
    await click('Close without saving')
    expect(kit.editor.workspace.store.getState().tabs.some((tab) => tab.id === kit.tab.id)).toBe(false)
  })
})

describe('deleting a saved workflow', () => {
  test('asks first, then does it', async () => {
    const kit = await openDialog({ type: 'delete-workflow', id: 'w1', name: 'Apple' }, { prepare: saved })
    expect(screen.getByRole('dialog', { name: 'Delete “Apple” with all its versions?' })).toBeDefined()
    await click('Delete')
    await waitFor(() => expect(dialogOf(kit)).toEqual({ type: 'none' }))
    expect(kit.server.documents.size).toBe(0)
  })
  test('says why when it could not', async () => {
    const kit = await openDialog({ type: 'delete-workflow', id: 'w1', name: 'Apple' })
    kit.server.on('DELETE /workflows/:id', () => {
      throw new Refusal(403, { code: 'forbidden-role', message: 'Only its owner may.' })
    })
    await click('Delete')
    await waitFor(() => expect(kit.said).toEqual(['Only its owner may.']))
  })
})

describe('a conflict with what someone else saved', () => {
  const conflict = { type: 'conflict', version: 2 } as const
  const open = { server: { id: 'w1', version: 1 }, prepare: (server: TestEditor['server']) => saved(server, 2) }
  test('saves on top when that is chosen', async () => {
    const kit = await openDialog(conflict, open)
    await click('Save on top')
    await waitFor(() => expect(kit.said).toContain('Saved as version 3'))
  })
  test('leads to the versions to compare them', async () => {
    const kit = await openDialog(conflict, open)
    await click('Compare with the canvas')
    expect(dialogOf(kit)).toEqual({ type: 'versions' })
  })
})

describe('the versions of a workflow', () => {
  const open = { server: { id: 'w1', version: 2 }, prepare: (server: TestEditor['server']) => saved(server, 2) }
  const rows = async () => (await screen.findAllByRole('listitem')).filter((row) => row.className === 'version')

  test('are listed, the newest first', async () => {
    await openDialog({ type: 'versions' }, open)
    expect((await rows()).map((row) => within(row).getByText(/^Version/).textContent)).toEqual([
      'Version 2',
      'Version 1',
    ])
  })
  test('are compared with the canvas in words', async () => {
    await openDialog({ type: 'versions' }, open)
    const [, oldest] = await rows()
    if (oldest) await userEvent.click(within(oldest).getByRole('button', { name: 'Compare with the canvas' }))
    expect(await screen.findByText(/seed/)).toBeDefined()
  })
  test('are marked on the canvas', async () => {
    const kit = await openDialog({ type: 'versions' }, open)
    const [newest] = await rows()
    if (newest) await userEvent.click(within(newest).getByRole('button', { name: 'Mark on the canvas' }))
    await waitFor(() => expect(kit.editor.surface.getState().comparison).toMatchObject({ tab: kit.tab.id, version: 2 }))
    expect(dialogOf(kit)).toEqual({ type: 'none' })
  })
  test('are opened as they were, as something not saved', async () => {
    const kit = await openDialog({ type: 'versions' }, open)
    const [, oldest] = await rows()
    if (oldest) await userEvent.click(within(oldest).getByRole('button', { name: 'Open this version' }))
    await waitFor(() => expect(kit.editor.workspace.store.getState().tabs).toHaveLength(2))
    const tab = kit.editor.workspace.active()
    expect(tab?.document.graph().nodes['3']?.values['seed']).toBe(1)
    expect(tab?.document.store.getState().saved).toBeUndefined()
  })
  test('that cannot be had say why', async () => {
    await openDialog({ type: 'versions' }, { ...open, prepare: (server) => void (server.documents.clear(), 0) })
    expect(screen.queryByText('Version 1')).toBeNull()
  })
})
