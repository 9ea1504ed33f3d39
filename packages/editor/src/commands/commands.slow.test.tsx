// @vitest-environment jsdom
import { screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Point, Workflow } from '@patchbay/engine/workflow'
import { linksOf } from '../state/edits/links.ts'
import { instance, pictureWorkflow } from '../testing/manifests.ts'
import { preparePage } from '../testing/page.ts'
import {
  createTestEditor,
  renderPage,
  tabNow,
  type TestEditor,
  type TestEditorOptions,
} from '../testing/test-editor.tsx'

preparePage()

let kit: TestEditor
const opened = async (options: TestEditorOptions = {}): Promise<void> => {
  kit = await createTestEditor(options)
  await renderPage(kit)
}
const press = async (keys: string): Promise<void> => {
  await userEvent.keyboard(keys)
}
const graph = () => kit.tab.document.graph()
const ids = (): string[] => Object.keys(graph().nodes)
const selection = (): string[] => [...kit.tab.document.store.getState().selection]
const select = (...keys: string[]): void => kit.tab.document.select(keys)
const place = (id: string): Point | undefined => graph().layout?.nodes?.[id]
const surface = () => kit.editor.surface.getState()

describe('keys of the selection', () => {
  beforeEach(() => opened())

  test('Ctrl+A selects every node, Escape none', async () => {
    await press('{Control>}a{/Control}')
    expect(selection()).toEqual(['1', '2', '3', '4'])
    await press('{Escape}')
    expect(selection()).toEqual([])
  })
  test('Delete removes what is selected, and Ctrl+Z brings it back with its links', async () => {
    select('3')
    await press('{Delete}')
    expect(ids()).toEqual(['1', '2', '4'])
    expect(linksOf(graph())).toEqual([])
    await press('{Control>}z{/Control}')
    expect(ids()).toEqual(['1', '2', '3', '4'])
    expect(linksOf(graph())).toHaveLength(3)
  })
  test('Ctrl+Y does it again', async () => {
    select('3')
    await press('{Delete}{Control>}z{/Control}{Control>}y{/Control}')
    expect(ids()).toEqual(['1', '2', '4'])
  })
  test('Ctrl+M mutes and Ctrl+B bypasses, and each again takes it back', async () => {
    select('3')
    await press('{Control>}m{/Control}')
    expect(graph().nodes['3']?.mode).toBe('muted')
    await press('{Control>}b{/Control}')
    expect(graph().nodes['3']?.mode).toBe('bypassed')
    await press('{Control>}b{/Control}')
    expect(graph().nodes['3']?.mode).toBeUndefined()
  })
  test('P pins and Alt+C collapses', async () => {
    select('3')
    await press('p{Alt>}c{/Alt}')
    expect(place('3')).toMatchObject({ pinned: true, collapsed: true })
  })
  test('arrow keys move by a step of the grid, but not a pinned node', async () => {
    select('3', '4')
    await press('p')
    select('1', '3')
    await press('{ArrowRight}{ArrowDown}')
    expect([place('1'), place('3')]).toMatchObject([
      { x: 12, y: 12 },
      { x: 320, y: 0 },
    ])
  })
  test('many arrow keys in a row are one step to undo', async () => {
    select('1')
    await press('{ArrowRight}{ArrowRight}{ArrowRight}')
    await press('{Control>}z{/Control}')
    expect(place('1')).toMatchObject({ x: 0, y: 0 })
  })
  test('Ctrl+D duplicates beside the original, with its links from outside', async () => {
    select('4')
    await press('{Control>}d{/Control}')
    expect(ids()).toEqual(['1', '2', '3', '4', '5'])
    expect(graph().nodes['5']?.links).toEqual(graph().nodes['4']?.links)
    expect(place('5')).toMatchObject({ x: 676, y: 36 })
    expect(selection()).toEqual(['5'])
  })
  test('Ctrl+G puts a group round the selection', async () => {
    select('1')
    await press('{Control>}g{/Control}')
    expect(graph().layout?.groups?.['1']).toMatchObject({ x: -24, y: -56, title: 'Group' })
  })
  test('Ctrl+Shift+E makes a sub-workflow of the selection, Enter opens it, Escape leaves it', async () => {
    select('3')
    await press('{Control>}{Shift>}e{/Shift}{/Control}')
    const [node] = selection()
    expect(graph().nodes[node ?? '']?.type).toBe('workflow:Sub-workflow')
    await press('{Enter}')
    expect(ids()).toEqual(['3'])
    await press('{Escape}')
    expect(ids()).toContain(node)
  })
  test('] and [ step from node to node, round the end', async () => {
    await press(']')
    expect(selection()).toEqual(['1'])
    await press('[[')
    expect(selection()).toEqual(['4'])
  })
  test('F2 names the node in place', async () => {
    select('3')
    await press('{F2}')
    const field = await screen.findByRole('textbox', { name: 'Rename' })
    await userEvent.clear(field)
    await userEvent.type(field, 'My sampler{Enter}')
    expect(place('3')).toMatchObject({ title: 'My sampler' })
  })
  test('L links the node from the keyboard', async () => {
    select('3')
    await press('l')
    expect(surface().dialog).toEqual({ type: 'link', node: '3' })
  })
})

describe('a node deleted out of a chain', () => {
  const chain: Workflow = {
    ...pictureWorkflow,
    nodes: {
      ...pictureWorkflow.nodes,
      5: instance('BlurImage', { links: { image: { node: '3', output: 'image' } } }),
      4: instance('SaveImage', { links: { image: { node: '5', output: 'image' } } }),
    },
  }
  test('leaves the chain whole with Shift+Delete', async () => {
    await opened({ workflow: chain })
    select('5')
    await press('{Shift>}{Delete}{/Shift}')
    expect(linksOf(graph()).find((link) => link.to === '4')?.from).toBe('3')
  })
})

describe('commands of the view', () => {
  beforeEach(() => opened())
  const zoom = (): string | null => screen.getByRole('button', { name: /^Zoom \d/ }).textContent

  test('+ and - zoom', async () => {
    expect(zoom()).toBe('100 %')
    await press('+')
    await expect.poll(zoom).toBe('125 %')
    await press('--')
    await expect.poll(zoom).toBe('80 %')
  })
  test('. shows everything', async () => {
    await press('------')
    await expect.poll(zoom).toBe('26 %')
    await press('.')
    await expect.poll(zoom).toBe('100 %')
  })
  test('H and V choose the tool, which is kept', async () => {
    await press('v')
    expect(kit.editor.settings.getState().tool).toBe('select')
    expect(screen.getByRole('button', { name: /Select by a box/ }).getAttribute('aria-pressed')).toBe('true')
    await press('h')
    expect(kit.editor.settings.getState().tool).toBe('hand')
  })
  test.each([
    ['{Shift>}N{/Shift}', 'Nodes'],
    ['w', 'Workflows'],
    ['q', 'Jobs'],
  ])('%s opens the panel of %s, and closes it', async (keys, name) => {
    await press(keys)
    expect(screen.getByRole('complementary', { name })).toBeDefined()
    await press(keys)
    expect(screen.queryByRole('complementary', { name })).toBeNull()
  })
  test('Alt+M shows the workflow as a form, and back', async () => {
    await press('{Alt>}m{/Alt}')
    expect(screen.getByRole('form', { name: 'Inputs' })).toBeDefined()
    await press('{Alt>}m{/Alt}')
    expect(screen.getByRole('application')).toBeDefined()
  })
  test('Space opens the search when it is let go', async () => {
    await press(' ')
    expect(screen.getByRole('dialog', { name: 'Search for a node' })).toBeDefined()
  })
  test('? opens the keys, Ctrl+, the settings', async () => {
    await press('?')
    expect(surface().dialog).toEqual({ type: 'settings', part: 'keys' })
    await press('{Escape}{Control>},{/Control}')
    expect(surface().dialog).toEqual({ type: 'settings', part: 'general' })
  })
  test('the minimap goes and comes', async () => {
    expect(screen.getByRole('img', { name: 'Minimap' })).toBeDefined()
    await press('{Alt>}{Shift>}M{/Shift}{/Alt}')
    expect(screen.queryByRole('img', { name: 'Minimap' })).toBeNull()
  })
})

describe('commands of documents', () => {
  test('Ctrl+S saves under its name, with the view', async () => {
    await opened()
    await press('{Control>}s{/Control}')
    await screen.findByText('Saved as version 1')
    const [record] = kit.server.documents.get('w1') ?? []
    expect(record).toMatchObject({ name: 'Apple', document: { layout: { view: { x: 20, y: 20, zoom: 1 } } } })
    expect(tabNow(kit).server).toEqual({ id: 'w1', version: 1 })
  })
  test('Ctrl+S of a workflow without a name asks for one', async () => {
    const { name: _name, ...nameless } = pictureWorkflow
    await opened({ workflow: nameless })
    await press('{Control>}s{/Control}')
    expect(await screen.findByRole('dialog', { name: 'Save as…' })).toBeDefined()
  })
  test('R asks the server for its nodes again', async () => {
    await opened()
    const before = kit.server.requestsTo('GET /nodes').length
    await press('r')
    await expect.poll(() => kit.server.requestsTo('GET /nodes').length).toBe(before + 1)
  })
})

describe('keys in a field', () => {
  beforeEach(() => opened())

  test('that are letters belong to the field', async () => {
    select('3')
    await userEvent.type(screen.getByRole('textbox', { name: 'Text, Encode text' }), 'pn')
    expect(place('3')).not.toHaveProperty('pinned')
    expect(graph().nodes['2']?.values['text']).toBe('a red applepn')
  })
  test('with Ctrl run, save and open the list of commands all the same', async () => {
    await userEvent.click(screen.getByRole('textbox', { name: 'Text, Encode text' }))
    await press('{Control>}s{/Control}')
    await screen.findByText('Saved as version 1')
    await press('{Control>}{Enter}{/Control}')
    await screen.findByText('Queued as job 1')
    await press('{Control>}k{/Control}')
    expect(surface().commands).toBe(true)
  })
  test('a key that is held down queues one job', async () => {
    await press('{Control>}{Enter>6/}{/Control}')
    await screen.findByText('Queued as job 1')
    expect(kit.server.requestsTo('POST /jobs')).toHaveLength(1)
  })
})
