// @vitest-environment jsdom
import { waitFor } from '@testing-library/react'
import { describe, expect, test } from 'vitest'
import { createTestEditor } from '../../testing/test-editor.tsx'

const runs = (kit: Awaited<ReturnType<typeof createTestEditor>>) => kit.editor.session.store.getState().runs

describe('a session', () => {
  test('knows the nodes, the jobs and the queue once it is connected', async () => {
    const kit = await createTestEditor({ prepare: (server) => void server.addJob({ name: 'Old' }) })
    await waitFor(() => expect(kit.editor.session.store.getState()).toMatchObject({ connection: 'open', totalJobs: 1 }))
    expect(kit.editor.session.registry.getState().registry.node('Sample')).toBeDefined()
    expect(kit.editor.session.store.getState().queue).toMatchObject({ paused: false })
  })
  test('follows what happens to jobs', async () => {
    const kit = await createTestEditor()
    const { store } = kit.editor.session
    kit.server.addJob({ name: 'A' })
    kit.server.event('job1', { type: 'job-started', device: 'cpu', attempt: 1 })
    expect(store.getState().jobs).toMatchObject([{ id: 'job1', state: 'running', device: 'cpu' }])
    kit.server.event('job1', { type: 'job-failed', error: { code: 'x', message: 'No.' } })
    expect(store.getState().jobs).toMatchObject([{ state: 'failed', error: { message: 'No.' } }])
    kit.server.event('job1', { type: 'job-deleted' })
    expect(store.getState()).toMatchObject({ jobs: [], totalJobs: 0 })
  })
  test('reads what a job did before it was looked at, and goes on from there', async () => {
    const kit = await createTestEditor()
    kit.server.addJob()
    kit.server.event('job1', { type: 'run-started', nodes: 2 })
    kit.server.event('job1', { type: 'node-finished', node: '1', ms: 5 })
    await kit.editor.session.catchUp('job1')
    kit.server.event('job1', { type: 'node-finished', node: '2', ms: 5 })
    expect(runs(kit)['job1']).toMatchObject({ total: 2, done: 2 })
  })
  test('counts what comes while the past is read once', async () => {
    const kit = await createTestEditor()
    kit.server.addJob()
    kit.server.event('job1', { type: 'node-finished', node: '1', ms: 5 })
    const reading = kit.editor.session.catchUp('job1')
    kit.server.event('job1', { type: 'node-finished', node: '2', ms: 5 })
    await reading
    expect(runs(kit)['job1']?.done).toBe(2)
  })
  test('shows previews of what it watches', async () => {
    const kit = await createTestEditor()
    kit.server.addJob()
    await kit.editor.session.catchUp('job1')
    const header = { job: 'job1', node: '3', mime: 'image/jpeg', width: 4, height: 2, index: 0 }
    kit.server.preview(header, Uint8Array.from([1, 2, 3]))
    expect(runs(kit)['job1']?.pictures['3']).toMatchObject([{ kind: 'preview', width: 4 }])
  })
  test('lets old runs go, but never one that a tab shows', async () => {
    const kit = await createTestEditor()
    for (let count = 0; count < 20; count++) kit.server.addJob()
    kit.editor.workspace.patch(kit.tab.id, { job: 'job1' })
    for (let number = 1; number <= 20; number++) await kit.editor.session.catchUp(`job${number}`)
    expect(runs(kit)['job1']).toBeDefined()
    expect(runs(kit)['job2']).toBeUndefined()
    expect(Object.keys(runs(kit))).toHaveLength(13)
  })
  test('asks for the page of jobs before the oldest it has', async () => {
    const kit = await createTestEditor({ prepare: (server) => void server.addJob({ number: 7 }) })
    await waitFor(() => expect(kit.editor.session.store.getState().jobs).toHaveLength(1))
    await kit.editor.session.loadMore()
    expect(kit.server.requestsTo('GET /jobs').at(-1)?.query.get('before')).toBe('7')
    expect(kit.editor.session.store.getState().jobs).toHaveLength(1)
  })
  test('asks again for nodes that it could not have', async () => {
    const kit = await createTestEditor()
    kit.server.isReachable = false
    await kit.editor.session.reloadNodes()
    expect(kit.editor.session.registry.getState().failed).toMatch(/No answer/)
    kit.server.isReachable = true
    await waitFor(() => expect(kit.editor.session.registry.getState().failed).toBeUndefined(), { timeout: 5000 })
  })
})
