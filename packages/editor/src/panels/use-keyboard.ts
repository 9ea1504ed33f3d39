import { useEffect } from 'react'
import { useEditor } from '../contexts/editor-context.tsx'
import { commandFor } from '../commands/keys.ts'
import { pasteFragmentAt } from '../commands/clipboard-commands.ts'
import { placeFile } from '../commands/place-picture.ts'
import { openFile } from '../state/actions/document-actions.ts'
import { parseFragment } from '../state/edits/clipboard.ts'
import type { Stage } from '../canvas/stage.ts'
import type { Tab } from '../state/documents/workspace.ts'

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input, textarea, select, [contenteditable], [role=dialog], [role=menu]') !== null
  )
}

/** Keys are commands, unless one types in a field. */
export function useKeyboard(tab: Tab | undefined, stage: Stage | undefined): void {
  const editor = useEditor()
  useEffect(() => {
    if (!tab) return
    const down = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return
      const typing = isTyping(event.target)
      const command = commandFor(event, editor.settings.getState().keys)
      if (!command || (typing && !command.always)) return
      // A key that is held is pressed once, but for what goes on step by step.
      if (event.repeat && !command.repeats) {
        event.preventDefault()
        return
      }
      const onControl =
        event.target instanceof HTMLElement && event.target.closest('button, a, [role=tab], [role=spinbutton]')
      // A button takes Enter and the arrows for itself, but not with Ctrl: Ctrl+Enter runs from everywhere.
      if (
        onControl &&
        !event.ctrlKey &&
        !event.metaKey &&
        !event.altKey &&
        ['Enter', 'Space', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'].includes(
          event.key === ' ' ? 'Space' : event.key,
        )
      )
        return
      const { surface } = editor
      if (surface.getState().view === 'app' && !command.always) return
      event.preventDefault()
      // Held, Space pans; the search opens when it is let go without.
      if (event.key === ' ' && stage) {
        stage.holdSpace()
        return
      }
      void command.run({ editor, tab, stage })
    }
    const up = (event: KeyboardEvent): void => {
      if (event.key !== ' ' || !stage) return
      if (stage.releaseSpace()) void commandFor(event, editor.settings.getState().keys)?.run({ editor, tab, stage })
    }
    const forget = (): void => void stage?.releaseSpace()
    const pasted = (event: ClipboardEvent): void => {
      if (isTyping(event.target) || !stage) return
      const [picture] = [...(event.clipboardData?.files ?? [])].filter(({ type }) => type.startsWith('image/'))
      if (picture) {
        event.preventDefault()
        const at = stage.pointerOr(stage.center())
        void openFile(editor, picture, (file) => placeFile(editor, stage, file, { at }))
        return
      }
      const fragment = parseFragment(event.clipboardData?.getData('text') ?? '')
      if (!fragment) return
      event.preventDefault()
      pasteFragmentAt(editor, tab.document, stage, fragment)
    }
    window.addEventListener('keydown', down)
    window.addEventListener('keyup', up)
    window.addEventListener('blur', forget)
    window.addEventListener('paste', pasted)
    return () => {
      window.removeEventListener('keydown', down)
      window.removeEventListener('keyup', up)
      window.removeEventListener('blur', forget)
      window.removeEventListener('paste', pasted)
    }
  }, [editor, tab, stage])
}
