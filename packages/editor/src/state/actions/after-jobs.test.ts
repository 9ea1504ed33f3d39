// @vitest-environment jsdom
import { waitFor } from '@testing-library/react'
import { describe, expect, test } from 'vitest'
import { createTestEditor, tabNow, type TestEditor } from '../../testing/test-editor.tsx'
import { runTab } from './run-actions.ts'

const error = { code: 'node-failed', message: 'Divided by 0.', node: '3' }
async function ran(): Promise<TestEditor> {
  const kit = await createTestEditor()
  await runTab(kit.editor, kit.tab)
  kit.server.event('job1', { type: 'job-started', device: 'cpu', attempt: 1 })
  return kit
}
const toasts = ({ editor }: TestEditor) => editor.surface.getState().toasts

describe('a job that fails', () => {
  test('says so, and leads to its report', async () => {
    const kit = await ran()
    kit.server.event('job1', { type: 'job-failed', error })
    await waitFor(() => expect(kit.said).toContain('Job 1 failed: Divided by 0.'))
    toasts(kit).at(-1)?.action?.run()
    expect(kit.editor.surface.getState().right).toBe('issues')
  })
  test('of another tab leads to that tab, and shows its run', async () => {
    const kit = await ran()
    await runTab(kit.editor, tabNow(kit))
    kit.server.event('job1', { type: 'job-succeeded' })
    kit.server.event('job2', { type: 'job-started', device: 'cpu', attempt: 1 })
    const other = kit.editor.workspace.open({ format: 'patchbay-workflow', version: 1, nodes: {} })
    kit.server.event('job2', { type: 'job-failed', error })
    await waitFor(() => expect(kit.said).toContain('Job 2 failed: Divided by 0.'))
    expect(kit.editor.workspace.active()?.id).toBe(other.id)
    toasts(kit).at(-1)?.action?.run()
    expect(kit.editor.workspace.active()?.id).toBe(kit.tab.id)
    expect(tabNow(kit).job).toBe('job2')
  })
  test('of someone else says nothing', async () => {
    const kit = await createTestEditor()
    const { id } = kit.server.addJob({ state: 'running' })
    kit.server.event(id, { type: 'job-failed', error })
    await waitFor(() => expect(kit.editor.session.store.getState().jobs[0]?.state).toBe('failed'))
    expect(kit.said).toEqual([])
  })
})

test('files that a job wrote are listed once it has ended', async () => {
  const kit = await ran()
  const { files } = kit.editor
  await files.load('loras')
  kit.server.files.set('loras', ['cat.safetensors'])
  kit.server.event('job1', { type: 'job-succeeded' })
  await waitFor(() => expect(files.store.getState().folders['loras']).toEqual(['cat.safetensors']))
})
