import { expect, test, vi } from 'vitest'
import { createFileLists } from './file-lists.ts'

function listing(names: () => readonly string[]) {
  const list = vi.fn(async (folder: string) => ({
    files: names().map((name) => ({ folder, name, bytes: 1, modifiedAt: 0 })),
  }))
  return { list, lists: createFileLists({ list }) }
}

test('a folder is asked for once, however many show it', async () => {
  const { list, lists } = listing(() => ['a.png'])
  lists.ensure('input')
  lists.ensure('input')
  await vi.waitFor(() => expect(lists.store.getState().folders['input']).toEqual(['a.png']))
  expect(list).toHaveBeenCalledTimes(1)
})

test('every folder that was asked for is asked for again on refresh', async () => {
  let names = ['a.png']
  const { list, lists } = listing(() => names)
  await lists.load('input')
  names = ['a.png', 'b.png']
  lists.refresh()
  await vi.waitFor(() => expect(lists.store.getState().folders['input']).toEqual(['a.png', 'b.png']))
  expect(list.mock.calls).toEqual([['input'], ['input']])
})

test('a folder that could not be listed stays unknown, and the next that shows it asks again', async () => {
  let isAway = true
  const lists = createFileLists({
    list: async (folder) => {
      if (isAway) throw new Error('No answer.')
      return { files: [{ folder, name: 'late.png', bytes: 1, modifiedAt: 0 }] }
    },
  })
  await lists.load('input')
  expect(lists.store.getState().folders).toEqual({})
  isAway = false
  lists.ensure('input')
  await vi.waitFor(() => expect(lists.store.getState().folders['input']).toEqual(['late.png']))
})
