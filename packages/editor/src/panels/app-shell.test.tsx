// @vitest-environment jsdom
import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
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
