// @vitest-environment jsdom
import { act, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test, vi } from 'vitest'
import { pictureWorkflow } from '../../testing/manifests.ts'
import { artifact, click, openPage } from '../../testing/component-kit.tsx'
import { preparePage } from '../../testing/page.ts'
import type { TestEditor } from '../../testing/test-editor.tsx'

preparePage()

describe('the library of nodes', () => {
  test('lists nodes by category, and adds one in the middle', async () => {
    const kit = await openPage({}, { side: 'nodes' })
    const panel = screen.getByRole('complementary', { name: 'Nodes' })
    expect(
      within(panel)
        .getAllByRole('group')
        .map((group) => group.querySelector('summary')?.textContent),
    ).toContain('image 4')
    await click('Add Blur image')
    expect(kit.tab.document.graph().nodes['5']?.type).toBe('BlurImage')
  })
  test('is filtered by typing', async () => {
    await openPage({}, { side: 'nodes' })
    const panel = screen.getByRole('complementary', { name: 'Nodes' })
    await userEvent.type(within(panel).getByRole('searchbox'), 'blur')
    expect(
      within(panel)
        .getAllByRole('button', { name: /^Add / })
        .map((one) => one.textContent),
    ).toEqual(['Blur image'])
    await userEvent.type(within(panel).getByRole('searchbox'), 'zzzz')
    expect(within(panel).getByText('No node is called “blurzzzz”.')).toBeDefined()
  })
  test('has bookmarks at its top, which are kept', async () => {
    const kit = await openPage({}, { side: 'nodes' })
    await click('Bookmark Sample')
    expect(kit.editor.settings.getState().bookmarks).toEqual(['Sample'])
    expect(screen.getByText('Bookmarks')).toBeDefined()
    const [first] = screen.getAllByRole('button', { name: 'Bookmark Sample' })
    if (first) await userEvent.click(first)
    expect(kit.editor.settings.getState().bookmarks).toEqual([])
  })
  test('a node dragged out of it is placed where it is dropped', async () => {
    const kit = await openPage({}, { side: 'nodes' })
    const drop = new MouseEvent('drop', { bubbles: true, cancelable: true, clientX: 520, clientY: 320 })
    const getData = (type: string): string => (type === 'application/x-patchbay-node' ? 'BlurImage' : '')
    act(() => void screen.getByRole('application').dispatchEvent(Object.assign(drop, { dataTransfer: { getData } })))
    expect(kit.tab.document.graph().layout?.nodes?.['5']).toEqual({ x: 500, y: 283 })
  })
})

describe('the panel of workflows', () => {
  const prepare = (server: TestEditor['server']): void => {
    server.save('w1', { document: pictureWorkflow, name: 'Apple' })
    server.save('w2', { document: pictureWorkflow, name: 'Pear' })
    server.templates = [{ id: 'start', document: { ...pictureWorkflow, name: 'A first picture' } }]
  }
  const panel = () => screen.getByRole('complementary', { name: 'Workflows' })

  test('lists what is saved and the templates, and is filtered', async () => {
    await openPage({ prepare }, { side: 'workflows' })
    await within(panel()).findByText('Pear')
    await userEvent.type(within(panel()).getByRole('searchbox'), 'pear')
    expect(within(panel()).queryByText('Apple')).toBeNull()
    expect(within(panel()).queryByText('A first picture')).toBeNull()
    expect(within(panel()).getByText('Pear')).toBeDefined()
  })
  test('opens one by a press, and the same one again only once', async () => {
    const kit = await openPage({ prepare }, { side: 'workflows' })
    await userEvent.click(await within(panel()).findByText('Pear'))
    await waitFor(() => expect(kit.editor.workspace.active()?.title).toBe('Pear'))
    await userEvent.click(within(panel()).getByText('Pear'))
    expect(kit.editor.workspace.store.getState().tabs).toHaveLength(2)
  })
  test('asks before it deletes one', async () => {
    const kit = await openPage({ prepare }, { side: 'workflows' })
    await click('Delete Pear')
    expect(kit.editor.surface.getState().dialog).toMatchObject({ type: 'delete-workflow', id: 'w2' })
  })
  test('says when there are none', async () => {
    await openPage({}, { side: 'workflows' })
    expect(await screen.findByText('No workflows saved yet.')).toBeDefined()
  })
})

describe('the panel of jobs', () => {
  const withJobs = (server: TestEditor['server']): void => {
    server.addJob({ name: 'Apple', state: 'succeeded', startedAt: 0, finishedAt: 1500 })
    server.addJob({ name: 'Pear', state: 'running' })
  }
  test('lists them, the newest first, with how long they took', async () => {
    await openPage({ prepare: withJobs }, { side: 'jobs' })
    const rows = await screen.findAllByRole('listitem')
    expect(rows.map((row) => within(row).getByText(/^#/).textContent)).toEqual(['#2', '#1'])
    expect(rows[1]?.textContent).toContain('1.5 s')
  })
  test('runs an ended one again and forgets it; one that goes on is cancelled', async () => {
    const kit = await openPage({ prepare: withJobs }, { side: 'jobs' })
    await click('Run again')
    await click('Forget this job')
    await click('Cancel job 2')
    expect(kit.server.requests.map((one) => `${one.method} ${one.path}`)).toEqual(
      expect.arrayContaining(['POST /jobs/job1/retry', 'DELETE /jobs/job1', 'POST /jobs/job2/cancel']),
    )
  })
  test('says what the server refuses', async () => {
    const kit = await openPage({ prepare: withJobs }, { side: 'jobs' })
    kit.server.isReachable = false
    await click('Run again')
    expect(await screen.findByText(/^No answer from/)).toBeDefined()
  })
  test('shows a job that comes and its error', async () => {
    const kit = await openPage({}, { side: 'jobs' })
    expect(screen.getByText('No jobs yet. Press Ctrl+Enter to run a workflow.')).toBeDefined()
    kit.server.addJob({ name: 'Plum' })
    kit.server.event('job1', { type: 'job-failed', error: { code: 'x', message: 'Out of memory.' } })
    expect(await screen.findByText('Out of memory.')).toBeDefined()
    expect(screen.getByText('Plum')).toBeDefined()
  })
})

describe('the panel of results', () => {
  test('shows the pictures, each with its workflow and a download', async () => {
    const kit = await openPage({ prepare: (server) => void (server.artifacts = [artifact()]) }, { side: 'files' })
    expect((await screen.findByRole('img', { name: 'apple.png' })).getAttribute('src')).toContain('sha256%3Aabc')
    expect(screen.getByRole('link', { name: 'Download' }).getAttribute('href')).toContain('download=apple.png')
    kit.server.addJob()
    kit.server.on('GET /jobs/:id', () => ({
      id: 'job1',
      number: 1,
      document: pictureWorkflow,
      files: [],
      timeline: [],
    }))
    await click('Open the workflow that made it')
    await waitFor(() => expect(kit.editor.workspace.active()?.job).toBe('job1'))
  })
  const two = [
    artifact({ name: 'pear.png', hash: 'sha256:def', job: 'job2', createdAt: 2 }),
    artifact({ createdAt: 1 }),
  ]
  const names = () => [...document.querySelectorAll('.result-grid img')].map((one) => one.getAttribute('alt'))
  test('is searched, and shows favourites alone, which the server remembers', async () => {
    const kit = await openPage({ prepare: (server) => void (server.artifacts = two) }, { side: 'files' })
    await screen.findByRole('img', { name: 'apple.png' })
    await userEvent.type(screen.getByRole('searchbox'), 'PEAR')
    expect(names()).toEqual(['pear.png'])
    await userEvent.clear(screen.getByRole('searchbox'))
    await click('Keep “apple.png” as a favourite')
    await click('Favourites alone')
    expect(names()).toEqual(['apple.png'])
    expect(kit.server.settings).toEqual({ 'editor.favourites': ['sha256:abc'] })
  })
  test('opens a picture large, and steps through the others by the arrow keys', async () => {
    await openPage({ prepare: (server) => void (server.artifacts = two) }, { side: 'files' })
    await click('Open “pear.png” large')
    expect(await screen.findByRole('dialog', { name: 'pear.png' })).toBeDefined()
    await userEvent.keyboard('{ArrowRight}')
    expect(await screen.findByRole('dialog', { name: 'apple.png' })).toBeDefined()
  })
  test('uses a picture as the input of a node that loads it', async () => {
    const kit = await openPage({ prepare: (server) => void (server.artifacts = two) }, { side: 'files' })
    vi.spyOn(kit.editor.client.artifacts, 'bytes').mockResolvedValue(new Uint8Array([1]))
    const [use] = await screen.findAllByRole('button', { name: 'Use as input' })
    if (use) await userEvent.click(use)
    await screen.findByText('“pear.png” is an input')
    expect(kit.tab.document.graph().nodes['5']).toMatchObject({ type: 'LoadImage', values: { file: 'pear.png' } })
  })
  test('asks for older pictures when there may be some', async () => {
    const many = Array.from({ length: 70 }, (_, at) =>
      artifact({ name: `${at}.png`, hash: `sha256:${at}`, createdAt: 100 - at }),
    )
    await openPage({ prepare: (server) => void (server.artifacts = many) }, { side: 'files' })
    await screen.findByRole('img', { name: '59.png' })
    expect(screen.queryByRole('img', { name: '69.png' })).toBeNull()
    await click('Show older pictures')
    expect(await screen.findByRole('img', { name: '69.png' })).toBeDefined()
  })
  test('deletes a picture with the job that made it', async () => {
    const kit = await openPage({ prepare: (server) => void (server.artifacts = two) }, { side: 'files' })
    const [remove] = await screen.findAllByRole('button', { name: 'Delete it, with the job that made it' })
    if (remove) await userEvent.click(remove)
    await waitFor(() => expect(names()).toEqual(['apple.png']))
    expect(kit.server.requestsTo('DELETE /jobs/:id').map(({ path }) => path)).toEqual(['/jobs/job2'])
  })
  test('says when there are none', async () => {
    await openPage({}, { side: 'files' })
    expect(await screen.findByText('Nothing has been made yet.')).toBeDefined()
  })
})
