// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test, vi } from 'vitest'
import { setValue } from '../../state/edits/nodes.ts'
import { Refusal } from '../../testing/memory-server.ts'
import { button, click, openPage } from '../../testing/component-kit.tsx'
import { preparePage } from '../../testing/page.ts'
import type { TestEditor } from '../../testing/test-editor.tsx'

preparePage()

describe('the queue', () => {
  test('is counted, and opened by its button', async () => {
    const kit = await openPage()
    kit.server.addJob({ name: 'Apple', state: 'running' })
    kit.server.addJob({ name: 'Pear' })
    await waitFor(() => expect(button('Queue').textContent).toBe('2'))
    await click('Queue')
    expect(screen.getByRole('complementary', { name: 'Queue' }).textContent).toContain('1 running · 1 waiting')
  })
  test('is paused, and goes on', async () => {
    const kit = await openPage({}, { right: 'queue' })
    await click('Pause the queue')
    expect(kit.server.requestsTo('POST /queue/pause')).toHaveLength(1)
    kit.server.send({ type: 'queue', queue: { ...kit.server.queue, paused: true } })
    await click('Go on')
    expect(kit.server.requestsTo('POST /queue/resume')).toHaveLength(1)
  })
  test('a waiting job is moved to the front and to the end, and all are cancelled', async () => {
    const kit = await openPage({}, { right: 'queue' })
    kit.server.addJob()
    await click('Move to the front')
    await click('Move to the end')
    await click('Cancel all that wait')
    expect(kit.server.requestsTo('PATCH /jobs/:id').map((one) => one.body)).toEqual([
      { move: 'front' },
      { move: 'back' },
    ])
    expect(kit.server.requestsTo('POST /queue/clear')).toHaveLength(1)
  })
})

describe('problems', () => {
  const refuse = (kit: TestEditor): void =>
    kit.server.on('POST /jobs', () => {
      throw new Refusal(422, {
        code: 'invalid-workflow',
        message: 'Invalid.',
        issues: [
          {
            code: 'missing-link',
            severity: 'error',
            path: 'nodes.3.links.model',
            node: '3',
            message: 'Sample needs a model.',
          },
        ],
      })
    })
  test('that the server finds are listed, and lead to the node', async () => {
    const kit = await openPage()
    refuse(kit)
    await click('Run')
    expect(await screen.findByText('Sample needs a model.')).toBeDefined()
    await click('Show')
    expect([...kit.tab.document.store.getState().selection]).toEqual(['3'])
  })
  test('are none at first', async () => {
    await openPage({}, { right: 'issues' })
    expect(screen.getByText('No problems found.')).toBeDefined()
  })
  test('the error of a run stands there with its inputs and causes, and is copied', async () => {
    const kit = await openPage({}, { right: 'issues' })
    await click('Run')
    await screen.findByText('Queued as job 1')
    kit.server.event('job1', {
      type: 'job-failed',
      error: { code: 'x', message: 'Out of memory.', node: '3', inputs: { steps: 20 }, causes: ['Too large.'] },
    })
    expect(await screen.findByText('Too large.')).toBeDefined()
    expect(screen.getByText(/"steps": 20/)).toBeDefined()
    const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue()
    await click('Copy the report')
    expect(write.mock.calls[0]?.[0]).toContain('Out of memory.')
  })
})

describe('the timeline', () => {
  test('says that nothing ran, then how long each node took', async () => {
    const kit = await openPage({}, { right: 'run' })
    expect(screen.getByText('No node has run yet.')).toBeDefined()
    await click('Run')
    await screen.findByText('Queued as job 1')
    kit.server.event('job1', { type: 'job-started', device: 'cpu', attempt: 1 })
    kit.server.event('job1', { type: 'node-reused', node: '1', from: 'disk' })
    kit.server.event('job1', { type: 'node-started', node: '3' })
    const panel = screen.getByRole('complementary', { name: 'Timeline' })
    expect(await within(panel).findByText('Sample')).toBeDefined()
    kit.server.event('job1', { type: 'node-finished', node: '3', ms: 2000 })
    await waitFor(() => expect(within(panel).getAllByText('2.0 s')).toHaveLength(1))
    expect(within(panel).getByText('—')).toBeDefined()
  })
  test('shows what a node tells: facts, tables and texts', async () => {
    const kit = await openPage({}, { right: 'run' })
    await click('Run')
    await screen.findByText('Queued as job 1')
    kit.server.event('job1', {
      type: 'node-finished',
      node: '3',
      ms: 5,
      shown: { score: 0.12345, rows: [{ name: 'a', value: 1 }], text: 'several\nlines' },
    })
    const report = await screen.findByRole('region', { name: 'Sample' })
    expect(within(report).getByText('0.1235')).toBeDefined()
    expect(
      within(report)
        .getAllByRole('columnheader')
        .map((one) => one.textContent),
    ).toEqual(['name', 'value'])
    expect(report.querySelector('pre')?.textContent).toBe('several\nlines')
  })
})

describe('problems while editing', () => {
  const missing = {
    code: 'missing-link',
    severity: 'error',
    path: 'nodes.3.links.model',
    node: '3',
    message: 'Sample needs a model.',
  } as const
  test('stand on the node and in the panel, and go when they are mended', async () => {
    let issues: readonly object[] = [missing]
    const kit = await openPage({
      prepare: (server) => server.on('POST /validate', () => ({ ok: issues.length === 0, issues, estimates: [] })),
    })
    const mark = await screen.findByRole('button', { name: 'Problems: 1' })
    expect(mark.closest('article')?.getAttribute('aria-label')).toBe('Sample, node 3')
    await userEvent.click(mark)
    expect(screen.getByText('Sample needs a model.')).toBeDefined()
    issues = []
    kit.tab.document.editGraph('value', (graph) => setValue(graph, '3', 'steps', 5))
    expect(await screen.findByText('No problems found.')).toBeDefined()
    expect(screen.queryByRole('button', { name: 'Problems: 1' })).toBeNull()
  })
  test('of a workflow that cannot run yet are told at Run alone', async () => {
    const nothing = { code: 'nothing-to-run', severity: 'error', path: 'nodes', message: 'Nothing to run.' }
    const kit = await openPage({
      prepare: (server) =>
        server.on('POST /validate', () => ({ ok: false, issues: [nothing, missing], estimates: [] })),
    })
    await waitFor(() => expect(kit.editor.surface.getState().checks[kit.tab.id]?.issues).toHaveLength(1))
  })
  test('a run that failed is counted, and its message stands whole on the node', async () => {
    const kit = await openPage()
    await click('Run')
    await screen.findByText('Queued as job 1')
    const message = '1 divided by 0 is not a finite number: give Divide another number than 0.'
    kit.server.event('job1', { type: 'job-started', device: 'cpu', attempt: 1 })
    kit.server.event('job1', { type: 'node-failed', node: '3', error: { code: 'x', message } })
    kit.server.event('job1', { type: 'run-failed', ms: 1, error: { code: 'x', message, node: '3' } })
    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toBe(message)
    expect(await screen.findByRole('button', { name: /^1 ?Problems$/ })).toBeDefined()
    await userEvent.click(alert)
    expect(screen.getByRole('region', { name: 'The run failed' }).textContent).toContain(message)
  })
})

describe('what a run passed over', () => {
  test('says which reused node made it needless', async () => {
    const kit = await openPage()
    await click('Run')
    await screen.findByText('Queued as job 1')
    kit.server.event('job1', { type: 'job-started', device: 'cpu', attempt: 1 })
    kit.server.event('job1', { type: 'node-reused', node: '3', from: 'memory' })
    kit.server.event('job1', { type: 'job-succeeded' })
    expect(await screen.findAllByText('Not needed: Sample was reused')).toHaveLength(2)
  })
})
