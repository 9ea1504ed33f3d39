// @vitest-environment jsdom
import { act, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { openAtStart } from '../../state/actions/start.ts'
import { memoryDrafts } from '../../state/documents/drafts.ts'
import { pictureWorkflow } from '../../testing/manifests.ts'
import { preparePage } from '../../testing/page.ts'
import { createTestEditor, renderPage } from '../../testing/test-editor.tsx'

preparePage()

test('a draft that cannot be shown is told at the start, and goes only when it is deleted', async () => {
  const drafts = memoryDrafts()
  const title = { text: 'Apple' } as unknown as string
  await drafts.put({
    id: 'odd',
    owner: 'test',
    title,
    workflow: pictureWorkflow,
    dirty: true,
    order: 0,
    touchedAt: 0,
  })
  const kit = await createTestEditor({ drafts })
  await renderPage(kit)
  await act(() => openAtStart(kit.editor, new URLSearchParams()))
  expect((await screen.findByRole('dialog', { name: 'What could not be opened' })).textContent).toContain(
    'Its title is no text.',
  )
  await userEvent.click(screen.getByRole('button', { name: 'Delete Untitled' }))
  expect((await drafts.all()).map(({ id }) => id)).not.toContain('odd')
})
