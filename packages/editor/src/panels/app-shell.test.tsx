// @vitest-environment jsdom
import { act, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { instance, workflowOf } from '../testing/manifests.ts'
import { preparePage } from '../testing/page.ts'
import { createTestEditor, renderPage } from '../testing/test-editor.tsx'

preparePage()

test('the page shows the nodes of the open workflow, and its title among the tabs', async () => {
  const kit = await createTestEditor()
  await renderPage(kit)
  expect(screen.getByRole('button', { name: 'Apple' })).toBeDefined()
  expect(screen.getAllByRole('article').map((node) => node.getAttribute('aria-label'))).toEqual([
    'Load model, node 1',
    'Encode text, node 2',
    'Sample, node 3',
    'Save image, node 4',
  ])
})

test('Ctrl+Enter queues the workflow', async () => {
  const kit = await createTestEditor()
  await renderPage(kit)
  await userEvent.keyboard('{Control>}{Enter}{/Control}')
  await screen.findByText('Queued as job 1')
  expect(kit.server.requestsTo('POST /jobs')).toHaveLength(1)
})

test('another tab shows its own nodes, and the first shows its own again', async () => {
  const kit = await createTestEditor()
  await renderPage(kit)
  const labels = () => screen.getAllByRole('article').map((node) => node.getAttribute('aria-label'))
  act(() => void kit.editor.workspace.open(workflowOf({ 7: instance('BlurImage') })))
  await waitFor(() => expect(labels()).toEqual(['Blur image, node 7']))
  await userEvent.click(screen.getByRole('button', { name: 'Apple' }))
  await waitFor(() => expect(labels()).toHaveLength(4))
  expect(screen.queryByRole('alert')).toBeNull()
})
