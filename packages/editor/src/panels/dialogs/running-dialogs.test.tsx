// @vitest-environment jsdom
import type { JobDetail } from '@patchbay/client'
import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import { instance, pictureWorkflow, workflowOf } from '../../testing/manifests.ts'
import { Refusal } from '../../testing/memory-server.ts'
import { artifact, click, fill, openDialog } from '../../testing/component-kit.tsx'
import { preparePage } from '../../testing/page.ts'

preparePage()

describe('running a grid', () => {
  const axis = async (input: string, values: string, number = 0): Promise<void> => {
    await userEvent.selectOptions(screen.getAllByRole('combobox', { name: 'Input' })[number] as HTMLElement, input)
    fireEvent.change(screen.getAllByRole('textbox', { name: 'Values, one a line' })[number] as HTMLElement, {
      target: { value: values },
    })
  }
  test('counts the jobs and sends a value for each line, by its kind', async () => {
    const kit = await openDialog({ type: 'grid' })
    await axis('Sample · Steps', '10\n20\n\n30')
    await click('Run all · 3 jobs')
    await waitFor(() => expect(kit.server.requestsTo('POST /jobs')).toHaveLength(1))
    expect(kit.server.requestsTo('POST /jobs')[0]?.body).toMatchObject({
      batch: { groups: [[{ target: { node: '3', input: 'steps' }, values: [10, 20, 30] }]] },
    })
  })
  test('multiplies two axes', async () => {
    await openDialog({ type: 'grid' })
    await axis('Sample · Steps', '10\n20')
    await click('Add an axis')
    await axis('Encode text · Text', 'a\nb\nc', 1)
    expect(screen.getByRole('button', { name: 'Run all · 6 jobs' })).toBeDefined()
  })
  test('says of a bad line what is wrong with it, and keeps what was typed', async () => {
    const kit = await openDialog({ type: 'grid' })
    await axis('Sample · Steps', '10\nmany\n200')
    expect(screen.getByText('“many”: A number between 1 and 100')).toBeDefined()
    expect(screen.getByText('“200”: A number between 1 and 100')).toBeDefined()
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Run all · 3 jobs' }).disabled).toBe(true)
    expect(kit.editor.surface.getState().dialog).toEqual({ type: 'grid' })
  })
  test('that is refused stays open with the reason', async () => {
    const kit = await openDialog({ type: 'grid' })
    kit.server.on('POST /jobs', () => {
      const issue = {
        code: 'invalid-value',
        severity: 'error',
        path: 'nodes.3',
        message: 'Steps are too many.',
      } as const
      throw new Refusal(422, { code: 'invalid-workflow', message: 'Invalid.', issues: [issue] })
    })
    await axis('Sample · Steps', '10')
    await click('Run all · 1 jobs')
    expect((await screen.findByRole('alert')).textContent).toContain('Steps are too many.')
    expect(screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Values, one a line' }).value).toBe('10')
  })
  test('shows its jobs by rows and columns, and their pictures as they come', async () => {
    const kit = await openDialog({ type: 'grid' })
    await axis('Sample · Steps', '10\n20')
    await click('Add an axis')
    await axis('Encode text · Text', 'a\nb', 1)
    await click('Run all · 4 jobs')
    const table = await screen.findByRole('table')
    expect(
      within(table)
        .getAllByRole('rowheader')
        .map((one) => one.textContent),
    ).toEqual(['a', 'b'])
    expect(within(table).getAllByText('waiting')).toHaveLength(4)
    // The second job is the first value of the first axis with the second of the other.
    kit.server.artifacts = [artifact({ job: 'job2', name: 'ten-b.png' })]
    kit.server.event('job2', { type: 'job-succeeded' })
    const row = within(table).getAllByRole('row')[2]
    if (!row) throw new Error('The table has two rows of pictures.')
    expect(await within(row).findByRole('img', { name: 'ten-b.png' })).toBeDefined()
    expect(within(row).getAllByRole('cell')[0]?.querySelector('img')).not.toBeNull()
  })
  test('of nothing cannot be run', async () => {
    await openDialog({ type: 'grid' })
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Run all · 0 jobs' }).disabled).toBe(true)
  })
})

describe('what is missing', () => {
  const workflow = workflowOf(
    { 1: instance('LoadModels'), 2: instance('LoadModel', { values: { file: 'minis.safetensors' } }) },
    { layout: { nodes: { 1: { x: 0, y: 0 }, 2: { x: 0, y: 0 } } } },
  )
  test('is named, and a node is replaced by one that is named like it', async () => {
    const kit = await openDialog({ type: 'missing' }, { workflow })
    expect(screen.getByText('Unknown node “LoadModels”')).toBeDefined()
    await click('Replace by Load model')
    expect(kit.tab.document.graph().nodes['1']?.type).toBe('LoadModel')
  })
  test('a file is replaced by one of its folder', async () => {
    const kit = await openDialog({ type: 'missing' }, { workflow })
    await click('Use mini.safetensors')
    expect(kit.tab.document.graph().nodes['2']?.values['file']).toBe('mini.safetensors')
  })
  test('a model is downloaded from an address, and its progress is told', async () => {
    const kit = await openDialog({ type: 'missing' }, { workflow })
    const running = { id: 'd1', url: '', folder: 'checkpoints', name: 'x', state: 'running', receivedBytes: 1e6 }
    kit.server.on('POST /downloads', () => ({ ...running, totalBytes: 4e6 }))
    await screen.findByText('“minis.safetensors” is not on this server')
    await fill('Address to download from: https:// or hf:', 'hf:x/y')
    await click(/^Download into/)
    expect(await screen.findByText('1.0 of 4.0 MB')).toBeDefined()
    expect(kit.server.requestsTo('POST /downloads')[0]?.body).toEqual({
      url: 'hf:x/y',
      folder: 'checkpoints',
      name: 'minis.safetensors',
    })
  })
  test('that is refused says why', async () => {
    const kit = await openDialog({ type: 'missing' }, { workflow })
    kit.server.on('POST /downloads', () => {
      throw new Refusal(403, { code: 'forbidden-address', message: 'That address is private.' })
    })
    await screen.findByText('“minis.safetensors” is not on this server')
    await fill('Address to download from: https:// or hf:', 'http://10.0.0.1/x')
    await click(/^Download into/)
    expect(await screen.findByText('That address is private.')).toBeDefined()
  })
  test('may be nothing', async () => {
    await openDialog({ type: 'missing' })
    expect(screen.getByText('Nothing is missing.')).toBeDefined()
  })
})

describe('a job', () => {
  const detail = (more: Partial<JobDetail>): Partial<JobDetail> => ({
    id: 'job1',
    number: 1,
    state: 'failed',
    createdAt: 0,
    startedAt: 1000,
    finishedAt: 3500,
    device: 'cpu',
    document: pictureWorkflow,
    files: [],
    ...more,
  })
  test('says where it ran, how long, and why it failed', async () => {
    await openDialog(
      { type: 'job', job: 'job1' },
      {
        prepare: (server) =>
          server.on('GET /jobs/:id', () => detail({ error: { code: 'node-failed', message: 'Out of memory.' } })),
      },
    )
    expect(await screen.findByText(/failed.*2\.5 s · cpu/)).toBeDefined()
    expect(screen.getByText('Out of memory.')).toBeDefined()
  })
  test('opens its workflow as it ran', async () => {
    const kit = await openDialog(
      { type: 'job', job: 'job1' },
      { prepare: (server) => server.on('GET /jobs/:id', () => detail({})) },
    )
    await click('Open its workflow exactly as it ran')
    await waitFor(() => expect(kit.editor.workspace.active()?.job).toBe('job1'))
  })
  test('that is gone says so', async () => {
    await openDialog({ type: 'job', job: 'job9' })
    expect(await screen.findByText('There is no job job9.')).toBeDefined()
  })
})
