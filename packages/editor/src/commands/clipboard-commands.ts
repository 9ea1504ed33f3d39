import { say, type Editor } from '../state/editor.ts'
import type { Fragment } from '../state/edits/clipboard.ts'
import type { OpenDocument } from '../state/documents/document.ts'
import { copySelection, cutSelection, insertFragment, pasteFrom } from './selection-actions.ts'
import type { Stage } from '../canvas/stage.ts'

export function copy(editor: Editor, document: OpenDocument): Promise<void> {
  return withClipboard(editor, () => copySelection(document))
}

export function cut(editor: Editor, document: OpenDocument): Promise<void> {
  return withClipboard(editor, () => cutSelection(document))
}

export function paste(editor: Editor, document: OpenDocument, stage: Stage, keepOutside = false): Promise<void> {
  return withClipboard(editor, async () => {
    tellLeftOut(editor, await pasteFrom(document, stage, keepOutside))
  })
}

/** Pastes what the browser itself gave. */
export function pasteFragmentAt(editor: Editor, document: OpenDocument, stage: Stage, fragment: Fragment): void {
  tellLeftOut(editor, insertFragment(document, stage, fragment))
}

function tellLeftOut({ surface, language }: Editor, labels: readonly string[]): void {
  const { t } = language.getState()
  for (const label of new Set(labels)) say(surface, t('clipboard.holdsItself', { label }), 'bad')
}

async function withClipboard({ surface, language }: Editor, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    // Not allowed by the browser or the person, or a page without a secure address.
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error
    say(surface, language.getState().t('clipboard.refused'), 'bad')
  }
}
