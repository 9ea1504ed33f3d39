// @vitest-environment jsdom
import { waitFor } from '@testing-library/react'
import { describe, expect, test } from 'vitest'
import type { ArtifactRef } from '@patchbay/engine/workflow'
import { pictureWorkflow } from '../../testing/manifests.ts'
import { Refusal } from '../../testing/memory-server.ts'
import { createTestEditor, tabNow, type TestEditor } from '../../testing/test-editor.tsx'
import { cancelRun, openJob, runTab, withNextSeeds } from './run-actions.ts'

const picture = (name: string): ArtifactRef => ({
  hash: `sha256:${name}`,
  name,
  mime: 'image/png',
  bytes: 1,
  kind: 'image',
})
const begin = ({ server }: TestEditor, job: string): void =>
  server.event(job, { type: 'job-started', device: 'cpu', attempt: 1 })
const finish = ({ server }: TestEditor, job: string): void => {
  server.event(job, { type: 'node-artifact', node: '4', artifact: picture(`${job}.png`) })
  server.event(job, { type: 'job-succeeded' })
}
const shown = (kit: TestEditor) => kit.editor.session.store.getState().runs[tabNow(kit).job ?? '']
const pictureOn = (kit: TestEditor): string | undefined => {
  const [first] = shown(kit)?.pictures['4'] ?? []
  return first?.kind === 'artifact' ? first.artifact.name : undefined
}

describe('several runs', () => {
  test('are followed by the canvas one after the other, to the last picture', async () => {
    const kit = await createTestEditor()
    await runTab(kit.editor, kit.tab, { count: 16 })
    expect(tabNow(kit).job).toBe('job1')
    for (let number = 1; number <= 16; number++) {
      const job = `job${number}`
      begin(kit, job)
      expect(shown(kit)).toMatchObject({ job, state: 'running' })
      finish(kit, job)
      expect(pictureOn(kit)).toBe(`${job}.png`)
    }
    expect(tabNow(kit).waiting).toEqual([])
  })
  test('leave the picture before on the node until there is a new one', async () => {
    const kit = await createTestEditor()
    await runTab(kit.editor, kit.tab, { count: 2 })
    begin(kit, 'job1')
    finish(kit, 'job1')
    begin(kit, 'job2')
    expect(pictureOn(kit)).toBe('job1.png')
  })
  test('of a batch are followed as well', async () => {
    const kit = await createTestEditor()
    const batch = { groups: [[{ target: { node: '3', input: 'steps' }, values: [1, 2, 3] }]] }
    await runTab(kit.editor, kit.tab, { batch })
    expect(kit.said).toEqual(['Queued 3 jobs'])
    for (const job of ['job1', 'job2', 'job3']) {
      begin(kit, job)
      finish(kit, job)
    }
    expect(pictureOn(kit)).toBe('job3.png')
  })
  test('that are cancelled before they begin are not waited for', async () => {
    const kit = await createTestEditor()
    await runTab(kit.editor, kit.tab, { count: 3 })
    begin(kit, 'job1')
    kit.server.event('job2', { type: 'job-cancelled' })
    finish(kit, 'job1')
    expect(tabNow(kit).waiting).toEqual(['job3'])
  })
})

describe('a run that is asked for while one goes on', () => {
  test('leaves the running one on the canvas', async () => {
    const kit = await createTestEditor()
    await runTab(kit.editor, kit.tab)
    begin(kit, 'job1')
    await runTab(kit.editor, tabNow(kit))
    expect(shown(kit)).toMatchObject({ job: 'job1', state: 'running' })
    finish(kit, 'job1')
    begin(kit, 'job2')
    expect(shown(kit)).toMatchObject({ job: 'job2', state: 'running' })
  })
  test('and is put before a waiting one is shown when it begins; the waiting one comes later', async () => {
    const kit = await createTestEditor()
    await runTab(kit.editor, kit.tab)
    await runTab(kit.editor, tabNow(kit), { front: true })
    begin(kit, 'job2')
    expect(tabNow(kit)).toMatchObject({ job: 'job2', waiting: ['job1'] })
  })
})

describe('cancelling', () => {
  const cancelled = ({ server }: TestEditor) => server.requestsTo('POST /jobs/:id/cancel').map((one) => one.path)

  test('ends the job that runs, not the one that waits', async () => {
    const kit = await createTestEditor()
    await runTab(kit.editor, kit.tab)
    begin(kit, 'job1')
    await runTab(kit.editor, tabNow(kit))
    await cancelRun(kit.editor, tabNow(kit))
    expect(cancelled(kit)).toEqual(['/jobs/job1/cancel'])
  })
  test('ends what runs elsewhere when nothing of the tab runs', async () => {
    const kit = await createTestEditor()
    kit.server.addJob({ state: 'running' })
    await runTab(kit.editor, kit.tab)
    await cancelRun(kit.editor, tabNow(kit))
    expect(cancelled(kit)).toEqual(['/jobs/job1/cancel'])
  })
  test('takes a waiting job of the tab back when nothing runs', async () => {
    const kit = await createTestEditor()
    await runTab(kit.editor, kit.tab)
    await cancelRun(kit.editor, tabNow(kit))
    expect(cancelled(kit)).toEqual(['/jobs/job1/cancel'])
  })
  test('does nothing when there is nothing', async () => {
    const kit = await createTestEditor()
    await cancelRun(kit.editor, kit.tab)
    expect(cancelled(kit)).toEqual([])
  })
})

describe('what is queued', () => {
  test('is the document under its title, to the chosen nodes', async () => {
    const kit = await createTestEditor()
    await runTab(kit.editor, kit.tab, { targets: ['3'], front: true })
    expect(kit.server.requestsTo('POST /jobs')[0]?.body).toMatchObject({ name: 'Apple', targets: ['3'], front: true })
  })
  test('has one of the words of each choice, while the document keeps them all', async () => {
    const nodes = { ...pictureWorkflow.nodes, 2: { ...pictureWorkflow.nodes['2']!, values: { text: '{red|green}' } } }
    const kit = await createTestEditor({ workflow: { ...pictureWorkflow, nodes } })
    await runTab(kit.editor, kit.tab)
    expect(JSON.stringify(kit.server.requestsTo('POST /jobs')[0]?.body)).toMatch(/"text":"(red|green)"/)
    expect(kit.tab.document.graph().nodes['2']?.values['text']).toBe('{red|green}')
  })
  test('that is refused with problems shows them', async () => {
    const kit = await createTestEditor()
    kit.server.on('POST /jobs', () => {
      const issue = { code: 'cycle', severity: 'error', path: '', message: 'It goes round.' } as const
      throw new Refusal(422, { code: 'invalid-workflow', message: 'Invalid.', issues: [issue] })
    })
    expect(await runTab(kit.editor, kit.tab)).toBe(false)
    expect(kit.editor.surface.getState()).toMatchObject({ right: 'issues' })
    expect(kit.editor.surface.getState().checks[kit.tab.id]?.issues).toHaveLength(1)
    expect(kit.said).toEqual(['A problem must be solved before this can run'])
  })
  test('that does not arrive says why', async () => {
    const kit = await createTestEditor()
    kit.server.isReachable = false
    await runTab(kit.editor, kit.tab)
    expect(kit.said[0]).toMatch(/^Could not queue: No answer from/)
  })
})

describe('seeds after a run', () => {
  test('move on by their rule, also from the default, and no step to undo is left', async () => {
    const layout = {
      nodes: { ...pictureWorkflow.layout?.nodes, 3: { x: 0, y: 0, seeds: { seed: 'increment' as const } } },
    }
    const kit = await createTestEditor({ workflow: { ...pictureWorkflow, layout } })
    await runTab(kit.editor, kit.tab, { count: 2 })
    expect(kit.tab.document.graph().nodes['3']?.values['seed']).toBe(9)
    expect(kit.tab.document.undo()).toBe(false)
    const { registry } = kit.editor.session.registry.getState()
    const bare = { ...pictureWorkflow, layout, nodes: { 3: { ...pictureWorkflow.nodes['3']!, values: {} } } }
    expect(withNextSeeds(bare, registry).nodes['3']?.values).toEqual({ seed: 1 })
  })
  test('without a rule stay, and the document is the same object', async () => {
    const kit = await createTestEditor()
    expect(withNextSeeds(pictureWorkflow, kit.editor.session.registry.getState().registry)).toBe(pictureWorkflow)
  })
})

test('a job is opened as it ran, with what it made', async () => {
  const kit = await createTestEditor()
  kit.server.addJob({ name: 'Old' })
  kit.server.on('GET /jobs/:id', () => ({
    id: 'job1',
    number: 1,
    name: 'Old',
    document: { ...pictureWorkflow, name: undefined },
  }))
  finish(kit, 'job1')
  await openJob(kit.editor, 'job1')
  const tab = kit.editor.workspace.active()
  expect(tab).toMatchObject({ title: 'Old', job: 'job1' })
  await waitFor(() => expect(kit.editor.session.store.getState().runs['job1']?.state).toBe('succeeded'))
})
