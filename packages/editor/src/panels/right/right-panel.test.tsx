// @vitest-environment jsdom
import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test, vi } from 'vitest'
import { Refusal } from '../../testing/memory-server.ts'
import { preparePage } from '../../testing/page.ts'
import { createTestEditor, renderPage, type TestEditor, type TestEditorOptions } from '../../testing/test-editor.tsx'

preparePage()

async function opened(
  options: TestEditorOptions = {},
  surface: Partial<ReturnType<TestEditor['editor']['surface']['getState']>> = {},
): Promise<TestEditor> {
  const kit = await createTestEditor(options)
  kit.editor.surface.setState(surface)
  await renderPage(kit)
  return kit
}
const button = (name: string | RegExp, within_: HTMLElement = document.body) =>
  within(within_).getByRole<HTMLButtonElement>('button', { name })
const click = async (name: string | RegExp): Promise<void> =>
  userEvent.click(await screen.findByRole('button', { name }))

describe('the queue', () => {
  test('is counted, and opened by its button', async () => {
    const kit = await opened()
    kit.server.addJob({ name: 'Apple', state: 'running' })
    kit.server.addJob({ name: 'Pear' })
    await waitFor(() => expect(button('Queue').textContent).toBe('2'))
    await click('Queue')
    expect(screen.getByRole('complementary', { name: 'Queue' }).textContent).toContain('1 running · 1 waiting')
  })
  test('is paused, and goes on', async () => {
    const kit = await opened({}, { right: 'queue' })
    await click('Pause the queue')
    expect(kit.server.requestsTo('POST /queue/pause')).toHaveLength(1)
    kit.server.send({ type: 'queue', queue: { ...kit.server.queue, paused: true } })
    await click('Go on')
    expect(kit.server.requestsTo('POST /queue/resume')).toHaveLength(1)
  })
  test('a waiting job is moved to the front and to the end, and all are cancelled', async () => {
    const kit = await opened({}, { right: 'queue' })
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
    const kit = await opened()
    refuse(kit)
    await click('Run')
    expect(await screen.findByText('Sample needs a model.')).toBeDefined()
    await click('Show')
    expect([...kit.tab.document.store.getState().selection]).toEqual(['3'])
  })
  test('are none at first', async () => {
    await opened({}, { right: 'issues' })
    expect(screen.getByText('No problems found.')).toBeDefined()
  })
  test('the error of a run stands there with its inputs and causes, and is copied', async () => {
    const kit = await opened({}, { right: 'issues' })
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
    const kit = await opened({}, { right: 'run' })
    expect(screen.getByText('No node has run yet.')).toBeDefined()
    kit.server.on('GET /jobs/:id', () => ({
      id: 'job1',
      timeline: [
        { node: '1', start: 0, end: 0, outcome: 'reused' },
        { node: '3', start: 0, end: 2000, outcome: 'finished' },
      ],
    }))
    await click('Run')
    await waitFor(() => expect(screen.getAllByText('2.0 s')).toHaveLength(1))
    expect(screen.getByText('—')).toBeDefined()
  })
  test('shows what a node tells: facts, tables and texts', async () => {
    const kit = await opened({}, { right: 'run' })
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
