// @vitest-environment jsdom
import { act, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, describe, expect, test } from 'vitest'
import { linksOf } from '../state/edits/links.ts'
import { preparePage } from '../testing/page.ts'
import { createTestEditor, renderPage, type TestEditor } from '../testing/test-editor.tsx'

preparePage()

let kit: TestEditor
const search = (more: object): void =>
  kit.editor.surface.setState({ search: { at: { x: 900, y: 300 }, screen: { x: 400, y: 200 }, ...more } })
const graph = () => kit.tab.document.graph()

describe('a node that is added by the search', () => {
  beforeEach(async () => {
    kit = await createTestEditor()
    await renderPage(kit)
  })
  const choose = async (query: string): Promise<void> => {
    await userEvent.type(await screen.findByRole('combobox', { name: 'Search for a node' }), `${query}{Enter}`)
  }

  test('stands where the search was opened, and is selected', async () => {
    search({})
    await choose('blur')
    expect(graph().nodes['5']?.type).toBe('BlurImage')
    expect(graph().layout?.nodes?.['5']).toEqual({ x: 900, y: 283 })
    expect([...kit.tab.document.store.getState().selection]).toEqual(['5'])
  })
  test('is linked to the open end it was searched for', async () => {
    search({ fixed: { side: 'output', node: '3', name: 'image' }, types: ['image'] })
    expect(await screen.findByText('Only nodes that fit Image')).toBeDefined()
    await choose('blur')
    expect(linksOf(graph()).find((link) => link.to === '5')).toMatchObject({ from: '3', input: 'image' })
  })
  test('feeds an input it was searched for, and stands left of it', async () => {
    search({ fixed: { side: 'input', node: '4', name: 'image' }, types: ['image'] })
    await choose('load image')
    expect(linksOf(graph()).find((link) => link.to === '4')).toMatchObject({ from: '5', output: 'image' })
    expect(graph().layout?.nodes?.['5']).toMatchObject({ x: 640 })
  })
  test('only nodes that fit are offered', async () => {
    search({ fixed: { side: 'output', node: '1', name: 'model' }, types: ['model'] })
    await screen.findByRole('listbox')
    expect(screen.getAllByRole('option').map((option) => option.textContent)).toEqual([
      expect.stringContaining('Sample'),
    ])
  })
  test('splits the link it was inserted into', async () => {
    search({ insert: '4.image' })
    await choose('blur')
    expect(linksOf(graph()).map((link) => [link.from, link.to])).toEqual(
      expect.arrayContaining([
        ['3', '5'],
        ['5', '4'],
      ]),
    )
    expect(linksOf(graph()).filter((link) => link.to === '4')).toHaveLength(1)
  })
  test('is one step to undo, and counted for the order of the search', async () => {
    search({ insert: '4.image' })
    await choose('blur')
    kit.tab.document.undo()
    expect(linksOf(graph()).find((link) => link.to === '4')?.from).toBe('3')
    expect(kit.editor.settings.getState().uses).toEqual({ BlurImage: 1 })
  })
  test('that nothing is called says so', async () => {
    search({})
    await userEvent.type(await screen.findByRole('combobox', { name: 'Search for a node' }), 'zzzz')
    expect(screen.getByText('No node is called “zzzz”.')).toBeDefined()
  })
  test('the search goes with Tab, with Escape, and when something else takes the focus', async () => {
    const isOpen = () => screen.queryByRole('combobox', { name: 'Search for a node' }) !== null
    for (const leave of [
      () => userEvent.tab(),
      () => userEvent.keyboard('{Escape}'),
      async () => act(() => screen.getByRole('button', { name: 'Apple' }).focus()),
    ]) {
      search({})
      await screen.findByRole('combobox', { name: 'Search for a node' })
      await leave()
      expect(isOpen()).toBe(false)
    }
  })
  test('Tab moves the focus through the page, and opens nothing', async () => {
    const focused = new Set<Element | null>()
    for (let count = 0; count < 40; count++) {
      await userEvent.tab()
      focused.add(document.activeElement)
    }
    expect(focused.size).toBeGreaterThan(35)
    expect(kit.editor.surface.getState().search).toBeUndefined()
  })
})
