import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { describe, expect, test, vi } from 'vitest'
import type { Workflow } from '@patchbay/engine/workflow'
import { pictureWorkflow } from '../../testing/manifests.ts'
import {
  adoptable,
  browserDrafts,
  checkDraft,
  draftsOrMemory,
  memoryDrafts,
  withTimeLimit,
  type Draft,
  type DraftStore,
} from './drafts.ts'
import { createWorkspace } from './workspace.ts'

const draft = (id: string, more: Partial<Draft> = {}): Draft => ({
  id,
  owner: 'me',
  title: 'Apple',
  workflow: pictureWorkflow,
  dirty: true,
  order: 0,
  touchedAt: 0,
  ...more,
})
const titled = (title: unknown): Draft => draft('odd', { title: title as string })
const silent: DraftStore = {
  all: () => new Promise(() => undefined),
  put: () => new Promise(() => undefined),
  remove: () => new Promise(() => undefined),
}

describe.each([
  ['in the browser', browserDrafts],
  ['in memory', memoryDrafts],
])('drafts %s', (_where, create) => {
  test('are kept by id, and removed', async () => {
    const drafts = create()
    await drafts.put(draft('a'))
    await drafts.put(draft('b'))
    await drafts.put(draft('a', { title: 'Pear' }))
    expect((await drafts.all()).map(({ id, title }) => [id, title])).toEqual([
      ['a', 'Pear'],
      ['b', 'Apple'],
    ])
    await drafts.remove('a')
    await drafts.remove('b')
    expect(await drafts.all()).toEqual([])
  })
})

/** A database as builds of 0.1.0 made it. */
function earlierDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('patchbay', 1)
    request.onupgradeneeded = () => request.result.createObjectStore('drafts', { keyPath: 'id' })
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('not opened'))
  })
}

test('drafts of an earlier build are taken over, once', async () => {
  vi.stubGlobal('indexedDB', new IDBFactory())
  const database = await earlierDatabase()
  await new Promise<void>((resolve) => {
    const writing = database.transaction('drafts', 'readwrite')
    writing.objectStore('drafts').put(draft('old', { title: 'Of yesterday' }))
    writing.oncomplete = () => resolve()
  })
  database.close()
  const drafts = browserDrafts()
  expect((await drafts.all()).map(({ title }) => title)).toEqual(['Of yesterday'])
  await drafts.remove('old')
  expect(await browserDrafts().all()).toEqual([])
  vi.unstubAllGlobals()
})

describe('a browser that keeps nothing', () => {
  test('refuses: drafts last as long as the page, and it is told', async () => {
    const blocked = vi.fn()
    const refusing: DraftStore = { ...silent, all: () => Promise.reject(new Error('Access is denied.')) }
    const drafts = draftsOrMemory(refusing, 1000, blocked)
    expect(await drafts.all()).toEqual([])
    expect(blocked).toHaveBeenCalledTimes(1)
    await drafts.put(draft('a'))
    await expect(drafts.remove('a')).resolves.toBeUndefined()
  })
  test('never answers: it is waited for only so long', async () => {
    const blocked = vi.fn()
    expect(await draftsOrMemory(silent, 20, blocked).all()).toEqual([])
    expect(blocked.mock.calls[0]?.[0]).toMatchObject({ message: 'No answer within 0.02 s.' })
  })
  test('an answer in time is the answer', async () => {
    await expect(withTimeLimit(Promise.resolve(7), 1000)).resolves.toBe(7)
  })
})

describe('a draft is set aside', () => {
  test.each([
    ['its title is an object', titled({ text: 'Apple' }), /title/],
    [
      'its nodes are a list',
      draft('x', { workflow: { ...pictureWorkflow, nodes: [] } as unknown as Workflow }),
      /nodes/,
    ],
    [
      'a place of it is no place',
      draft('x', { workflow: { ...pictureWorkflow, layout: { nodes: { 1: null } } } as unknown as Workflow }),
      /layout\.nodes\.1/,
    ],
    [
      'it comes from a later version',
      draft('x', { workflow: { ...pictureWorkflow, version: 99 } as unknown as Workflow }),
      /99/,
    ],
  ])('when %s', (_why, odd, reason) => {
    const checked = checkDraft(odd)
    expect('reason' in checked ? checked.reason : 'none').toMatch(reason)
  })
  test('while the others are opened; it stays until it is removed', async () => {
    const drafts = memoryDrafts()
    for (const one of [draft('a'), titled({}), draft('b', { order: 1 })]) await drafts.put(one)
    const workspace = createWorkspace({ drafts, owner: 'me', liveOwners: async () => new Set() })
    expect(await workspace.restore()).toBe(2)
    expect(workspace.store.getState().aside.map((one) => one.draft.id)).toEqual(['odd'])
    expect((await drafts.all()).map(({ id }) => id)).toContain('odd')
    workspace.removeAside('odd')
    expect(workspace.store.getState().aside).toEqual([])
    expect((await drafts.all()).map(({ id }) => id)).not.toContain('odd')
  })
})

test('a window takes over its own drafts and those of windows that are gone, in their order', () => {
  const all = [
    draft('gone', { owner: 'crashed', order: 2 }),
    draft('mine', { order: 1 }),
    draft('theirs', { owner: 'other' }),
  ]
  expect(adoptable(all, 'me', new Set(['me', 'other'])).map(({ id }) => id)).toEqual(['mine', 'gone'])
})
