// @vitest-environment jsdom
import type { JobDetail } from '@patchbay/client'
import { fireEvent, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import { instance, pictureWorkflow, workflowOf } from '../../testing/manifests.ts'
import { Refusal } from '../../testing/memory-server.ts'
import { click, fill, openDialog } from '../../testing/component-kit.tsx'
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
    await axis('Sample 3 · Steps', '10\n20\n\n30')
    await click('Run all · 3 jobs')
    await waitFor(() => expect(kit.server.requestsTo('POST /jobs')).toHaveLength(1))
    expect(kit.server.requestsTo('POST /jobs')[0]?.body).toMatchObject({
      batch: { groups: [[{ target: { node: '3', input: 'steps' }, values: [10, 20, 30] }]] },
    })
  })
  test('multiplies two axes', async () => {
    await openDialog({ type: 'grid' })
    await axis('Sample 3 · Steps', '10\n20')
    await click('Add an axis')
    await axis('Encode text 2 · Text', 'a\nb\nc', 1)
    expect(screen.getByRole('button', { name: 'Run all · 6 jobs' })).toBeDefined()
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
