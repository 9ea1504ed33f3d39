import { expect, test } from 'vitest'
import { memoryDrafts, type DraftStore } from './drafts.ts'
import { addNode } from '../edits/nodes.ts'
import { emptyWorkflow } from '../edits/graph.ts'
import { createWorkspace, isDirty, type Workspace } from './workspace.ts'

function windowOf(drafts: DraftStore, owner: string, live: readonly string[] = []): Workspace {
  return createWorkspace({ drafts, owner, liveOwners: async () => new Set(live), delayMs: 0 })
}

test('open tabs and their edits come back after a crash of the window', async () => {
  const drafts = memoryDrafts()
  const before = windowOf(drafts, 'a')
  const tab = before.open(emptyWorkflow(), { title: 'fox', server: { id: 'w', version: 3 } })
  tab.document.editGraph('add', (graph) => addNode(graph, '1', { type: 'Add', version: 1 }, { x: 1, y: 2 }))
  await before.flush()
  const after = windowOf(drafts, 'b')
  expect(await after.restore()).toBe(1)
  const restored = after.active()
  expect(restored).toMatchObject({ title: 'fox', server: { id: 'w', version: 3 } })
  expect(restored?.document.graph().nodes['1']?.type).toBe('Add')
  expect(restored && isDirty(restored.document)).toBe(true)
})

test('a second window leaves the tabs of a living one alone', async () => {
  const drafts = memoryDrafts()
  const first = windowOf(drafts, 'a')
  first.open(emptyWorkflow(), { title: 'mine' })
  await first.flush()
  expect(await windowOf(drafts, 'b', ['a']).restore()).toBe(0)
})

test('a closed tab leaves no draft, and the last one is replaced by an empty workflow', async () => {
  const drafts = memoryDrafts()
  const workspace = windowOf(drafts, 'a')
  const tab = workspace.open(emptyWorkflow(), { title: 'gone' })
  await workspace.flush()
  workspace.close(tab.id)
  await workspace.flush()
  expect((await drafts.all()).map((draft) => draft.title)).toEqual([''])
  expect(workspace.store.getState().tabs).toHaveLength(1)
})
