// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { clipboardText, copyText } from '../state/actions/copy-text.ts'
import { preparePage } from '../testing/page.ts'
import { createTestEditor } from '../testing/test-editor.tsx'
import { copy, cut } from './clipboard-commands.ts'

preparePage()

/** A page over plain http has no clipboard but by the browser's own command. */
function withoutClipboard(command: boolean): void {
  vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new TypeError('not secure'))
  vi.spyOn(navigator.clipboard, 'readText').mockRejectedValue(new TypeError('not secure'))
  Object.defineProperty(document, 'execCommand', { configurable: true, value: vi.fn(() => command) })
}

describe('without a secure address', () => {
  beforeEach(() => vi.restoreAllMocks())
  test('the selection is copied by the browser’s command, with the text selected', async () => {
    const { editor, tab, said } = await createTestEditor()
    withoutClipboard(true)
    tab.document.select(['3'])
    let selected = ''
    vi.mocked(document.execCommand).mockImplementation(() => {
      const field = document.activeElement
      selected = field instanceof HTMLTextAreaElement ? field.value : ''
      return true
    })
    expect(await copy(editor, tab.document)).toBe(true)
    expect(selected).toContain('patchbay-fragment')
    expect(said).toEqual([])
  })
  test('what was copied here is pasted, since the browser gives nothing', async () => {
    const { editor } = await createTestEditor()
    withoutClipboard(true)
    expect(await clipboardText(editor)).toBeUndefined()
    await copyText(editor, 'words')
    expect(await clipboardText(editor)).toBe('words')
  })
  test('a cut takes nothing away that could not be copied, and says so', async () => {
    const { editor, tab, said } = await createTestEditor()
    withoutClipboard(false)
    tab.document.select(['3'])
    await cut(editor, tab.document)
    expect(Object.keys(tab.document.graph().nodes)).toContain('3')
    expect(said[0]).toMatch(/^The browser keeps its clipboard from this page/)
  })
})
