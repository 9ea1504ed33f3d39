// @vitest-environment jsdom
import { fireEvent, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import type { Widget } from '@patchbay/engine/workflow'
import { showWidget } from '../../testing/component-kit.tsx'
import { preparePage } from '../../testing/page.ts'
import type { TestEditor } from '../../testing/test-editor.tsx'

preparePage()

describe('a curve', () => {
  const curve = () => screen.findByRole('img', { name: /^Size/ })
  test('gets a point where it is pressed', async () => {
    const kit = await showWidget({ type: 'curve' }, [
      [0, 0],
      [1, 1],
    ])
    fireEvent.pointerDown(await curve(), { clientX: 600, clientY: 200 })
    expect(kit.value()).toEqual([
      [0, 0],
      [0.5, 0.75],
      [1, 1],
    ])
  })
  test('a point is dragged, but not past its neighbours', async () => {
    const kit = await showWidget({ type: 'curve' }, [
      [0, 0],
      [0.5, 0.5],
      [1, 1],
    ])
    fireEvent.pointerDown(await curve(), { clientX: 600, clientY: 400 })
    fireEvent.pointerMove(await curve(), { clientX: 9000, clientY: 0 })
    fireEvent.pointerUp(await curve())
    expect(kit.value()).toEqual([
      [0, 0],
      [1, 1],
      [1, 1],
    ])
  })
  test('a double-click takes a point away, but leaves two', async () => {
    const kit = await showWidget({ type: 'curve' }, [
      [0, 0],
      [0.5, 0.2],
      [1, 1],
    ])
    const points = (await curve()).querySelectorAll('.curve-point')
    if (points[1]) fireEvent.doubleClick(points[1])
    expect(kit.value()).toEqual([
      [0, 0],
      [1, 1],
    ])
    const rest = (await curve()).querySelectorAll('.curve-point')
    if (rest[0]) fireEvent.doubleClick(rest[0])
    expect(kit.value()).toHaveLength(2)
  })
})

describe('a file', () => {
  const input: Widget = { type: 'file', folder: 'input', accept: ['image/*'] }
  const withFiles = (kit: TestEditor): void => void kit.server.files.set('input', ['fish.png', 'apple.png'])

  test('is chosen among those of its folder', async () => {
    const kit = await showWidget(input, 'fish.png', {}, withFiles)
    await userEvent.click(screen.getByRole('button', { name: /^Size, Any: fish/ }))
    await userEvent.click(await screen.findByRole('option', { name: 'apple.png' }))
    expect(kit.value()).toBe('apple.png')
  })
  test('that is a picture is shown', async () => {
    await showWidget(input, 'fish.png', {}, withFiles)
    expect(screen.getByRole('img', { name: 'fish.png' }).getAttribute('src')).toContain('/files/input/fish.png')
  })
  test('that is not there is marked, and leads to what can be done', async () => {
    const kit = await showWidget(input, 'gone.png', {}, withFiles)
    await userEvent.click(await screen.findByRole('button', { name: 'Find a fix…' }))
    expect(kit.editor.surface.getState().dialog).toEqual({ type: 'missing' })
  })
  test('that is dropped is uploaded and taken', async () => {
    const kit = await showWidget(input, '', {}, withFiles)
    const target = screen.getByRole('button', { name: /^Size/ })
    fireEvent.drop(target, { dataTransfer: { files: [new File(['x'], 'new.png')], types: ['Files'] } })
    await expect.poll(kit.value).toBe('new.png')
    expect(kit.server.requestsTo('POST /uploads')).toHaveLength(1)
  })
  test('that could not be uploaded says why', async () => {
    const kit = await showWidget(input, '', {}, withFiles)
    kit.server.isReachable = false
    fireEvent.drop(screen.getByRole('button', { name: /^Size/ }), {
      dataTransfer: { files: [new File(['x'], 'new.png')], types: ['Files'] },
    })
    await expect.poll(() => kit.said.at(-1)).toMatch(/^The file could not be uploaded: No answer/)
    expect(kit.value()).toBe('')
  })
  test('of a model folder is not uploaded', async () => {
    await showWidget({ type: 'file', folder: 'checkpoints', accept: [] }, 'mini.safetensors')
    expect(screen.queryByRole('button', { name: 'Upload a file' })).toBeNull()
  })
  test('that is a picture of the input folder can have a mask', async () => {
    const kit = await showWidget(input, 'fish.png', {}, withFiles)
    await userEvent.click(screen.getByRole('button', { name: 'Paint a mask' }))
    expect(kit.editor.surface.getState().dialog).toEqual({ type: 'mask', node: '1', input: 'size', file: 'fish.png' })
  })
})
