import { describe, expect, test } from 'vitest'
import { countUse, createSettings, defaultSettings, type TextStore } from './settings.ts'

function storage(text?: string): TextStore & { readonly texts: Map<string, string> } {
  const texts = new Map(text === undefined ? [] : [['patchbay.settings', text]])
  return { texts, getItem: (key) => texts.get(key) ?? null, setItem: (key, value) => void texts.set(key, value) }
}

describe('settings', () => {
  test('begin with the defaults, in the language of the browser', () => {
    expect(createSettings(storage(), 'en-GB').getState()).toEqual(defaultSettings)
    expect(createSettings(storage(), 'zh-CN').getState().language).toBe('zh')
    expect(createSettings(storage(), 'fr').getState().language).toBe('en')
  })
  test('are kept, and are there again', () => {
    const kept = storage()
    createSettings(kept, 'en').setState({ snap: true, bookmarks: ['Sample'] })
    expect(createSettings(kept, 'en').getState()).toMatchObject({ snap: true, bookmarks: ['Sample'] })
  })
  test('of another kind than they should be fall back to the defaults, one by one', () => {
    const text = JSON.stringify({ snap: 'yes', minimap: false, bookmarks: {}, strange: 1 })
    expect(createSettings(storage(text), 'en').getState()).toEqual({ ...defaultSettings, minimap: false })
  })
  test.each(['{', 'null', '7'])('that read %s are the defaults', (text) => {
    expect(createSettings(storage(text), 'en').getState()).toEqual(defaultSettings)
  })
  test('last as long as the page where the storage is full or forbidden', () => {
    const forbidden: TextStore = {
      getItem: () => {
        throw new Error('denied')
      },
      setItem: () => {
        throw new Error('denied')
      },
    }
    const settings = createSettings(forbidden, 'en')
    settings.setState({ snap: true })
    expect(settings.getState().snap).toBe(true)
    expect(createSettings(undefined, 'en').getState()).toEqual(defaultSettings)
  })
  test('count how often a node was added', () => {
    const settings = createSettings(undefined, 'en')
    countUse(settings, 'Sample')
    countUse(settings, 'Sample')
    expect(settings.getState().uses).toEqual({ Sample: 2 })
  })
})
