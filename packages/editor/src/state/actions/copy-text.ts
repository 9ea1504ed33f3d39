import { say, type Editor } from '../editor.ts'

/**
 * Writes a text to the clipboard, and says `done` if it could; else says that it could not. Works over plain http too,
 * where the browser has no `navigator.clipboard`, as long as a key or a press began it.
 */
export async function copyText(
  { surface, language }: Pick<Editor, 'surface' | 'language'>,
  text: string,
  done?: string,
): Promise<boolean> {
  const isCopied = (await writeByApi(text)) || writeByCommand(text)
  surface.setState({ copied: text })
  if (!isCopied) say(surface, language.getState().t('clipboard.refused'), 'bad')
  else if (done !== undefined) say(surface, done, 'good')
  return isCopied
}

/** The text of the clipboard; where the browser does not give it, what this page copied last. */
export async function clipboardText({ surface }: Pick<Editor, 'surface'>): Promise<string | undefined> {
  try {
    return await navigator.clipboard.readText()
  } catch {
    // Not allowed by the browser or the person, or a page without a secure address.
    return surface.getState().copied
  }
}

async function writeByApi(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

/** Copies as the browser's own menu would. It copies what is selected, so that a field holds the text for a moment. */
function writeByCommand(text: string): boolean {
  const focused = document.activeElement
  const field = document.createElement('textarea')
  field.value = text
  field.setAttribute('aria-hidden', 'true')
  field.style.cssText = 'position: fixed; opacity: 0'
  document.body.append(field)
  field.focus({ preventScroll: true })
  field.select()
  try {
    return document.execCommand('copy')
  } catch {
    return false
  } finally {
    field.remove()
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true })
  }
}
