// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from '@testing-library/react'
import { describe, expect, test, vi } from 'vitest'
import { resultDragType } from '../state/actions/use-picture.ts'
import { openPage } from '../testing/component-kit.tsx'
import { instance, pictureWorkflow, workflowOf } from '../testing/manifests.ts'
import { preparePage } from '../testing/page.ts'

preparePage()

const canvas = () => screen.getByRole('application')
const dropping = (files: readonly File[], data: { readonly [type: string]: string } = {}) => ({
  dataTransfer: {
    files,
    types: [...Object.keys(data), ...(files.length > 0 ? ['Files'] : [])],
    getData: (type: string) => data[type] ?? '',
  },
})
const picture = Object.assign(new File([new Uint8Array([1, 2, 3])], 'fox.png', { type: 'image/png' }), {
  // jsdom has no bytes of files.
  arrayBuffer: async () => new Uint8Array([1, 2, 3]).buffer,
})

describe('a picture without a workflow', () => {
  test('that is dropped on the canvas is loaded by a node', async () => {
    const kit = await openPage()
    fireEvent.drop(canvas(), dropping([picture]))
    await screen.findByText('“fox.png” is an input')
    expect(kit.tab.document.graph().nodes['5']).toMatchObject({ type: 'LoadImage', values: { file: 'fox.png' } })
    expect(kit.server.files.get('input')).toEqual(['fox.png'])
  })
  test('that is dropped on a node that takes one is its input', async () => {
    const kit = await openPage({ workflow: workflowOf({ 1: instance('LoadImage') }) })
    fireEvent.drop(screen.getByRole('article'), dropping([picture]))
    await waitFor(() => expect(kit.tab.document.graph().nodes['1']?.values['file']).toBe('fox.png'))
    expect(Object.keys(kit.tab.document.graph().nodes)).toEqual(['1'])
  })
  test('that is pasted is loaded by a node', async () => {
    const kit = await openPage()
    fireEvent.paste(canvas(), { clipboardData: { files: [picture], getData: () => '' } })
    await waitFor(() => expect(kit.tab.document.graph().nodes['5']?.type).toBe('LoadImage'))
  })
})

test('a result that is dropped on the canvas is loaded by a node', async () => {
  const kit = await openPage({ workflow: pictureWorkflow })
  vi.spyOn(kit.editor.client.artifacts, 'bytes').mockResolvedValue(new Uint8Array([1]))
  fireEvent.drop(
    canvas(),
    dropping([], { [resultDragType]: JSON.stringify({ hash: 'sha256:abc', name: 'apple.png' }) }),
  )
  await waitFor(() => expect(kit.tab.document.graph().nodes['5']?.values['file']).toBe('apple.png'))
})
