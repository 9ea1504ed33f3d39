import { say, type Editor } from '../state/editor.ts'
import { clipboardText, copyText } from '../state/actions/copy-text.ts'
import { parseFragment, type Fragment } from '../state/edits/clipboard.ts'
import type { OpenDocument } from '../state/documents/document.ts'
import { copiedSelection, insertFragment, removePicked } from './selection-actions.ts'
import type { Stage } from '../canvas/stage.ts'

/** True when something was selected and is on the clipboard. */
export async function copy(editor: Editor, document: OpenDocument): Promise<boolean> {
  const fragment = copiedSelection(document)
  return fragment !== undefined && copyText(editor, JSON.stringify(fragment))
}

/** Takes nothing away that could not be copied. */
export async function cut(editor: Editor, document: OpenDocument): Promise<void> {
  if (await copy(editor, document)) removePicked(document)
}

export async function paste(editor: Editor, document: OpenDocument, stage: Stage, keepOutside = false): Promise<void> {
  const text = await clipboardText(editor)
  if (text === undefined) {
    say(editor.surface, editor.language.getState().t('clipboard.useKeys'), 'bad')
    return
  }
  const fragment = parseFragment(text)
  if (fragment) tellLeftOut(editor, insertFragment(document, stage, fragment, keepOutside))
}

/** Pastes what the browser itself gave. */
export function pasteFragmentAt(editor: Editor, document: OpenDocument, stage: Stage, fragment: Fragment): void {
  tellLeftOut(editor, insertFragment(document, stage, fragment))
}

function tellLeftOut({ surface, language }: Editor, labels: readonly string[]): void {
  const { t } = language.getState()
  for (const label of new Set(labels)) say(surface, t('clipboard.holdsItself', { label }), 'bad')
}
