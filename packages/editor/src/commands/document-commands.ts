import { newTab, saveTab } from '../state/actions/document-actions.ts'
import { showDialog } from '../state/editor.ts'
import type { Command } from './command.ts'

/** The page's file input, which opens the browser's dialog. */
export const fileChooserId = 'open-file'

/** Documents: undoing, saving, opening, and what they need of the server. */
export const documentCommands: readonly Command[] = [
  { id: 'undo', label: 'command.undo', repeats: true, keys: ['Ctrl+Z'], run: ({ tab }) => tab.document.undo() },
  {
    id: 'redo',
    label: 'command.redo',
    repeats: true,
    keys: ['Ctrl+Y', 'Ctrl+Shift+Z'],
    run: ({ tab }) => tab.document.redo(),
  },
  {
    id: 'save',
    label: 'command.save',
    keys: ['Ctrl+S'],
    always: true,
    run: ({ editor, tab, stage }) => {
      const view = stage && tab.document.store.getState().path.length === 0 ? stage.view.transform : undefined
      return saveTab(
        editor,
        tab,
        view ? { view: { x: Math.round(view.x), y: Math.round(view.y), zoom: Number(view.k.toFixed(4)) } } : {},
      )
    },
  },
  {
    id: 'save-as',
    label: 'menu.saveAs',
    keys: ['Ctrl+Shift+S'],
    always: true,
    run: ({ editor }) => showDialog(editor.surface, { type: 'save-as' }),
  },
  {
    id: 'open',
    label: 'command.open',
    keys: ['Ctrl+O'],
    always: true,
    run: () => document.getElementById(fileChooserId)?.click(),
  },
  { id: 'new', label: 'command.new', run: ({ editor }) => newTab(editor) },
  {
    id: 'missing',
    label: 'missing.title',
    run: ({ editor }) => showDialog(editor.surface, { type: 'missing' }),
  },
  {
    id: 'refresh',
    label: 'command.refresh',
    keys: ['R'],
    run: ({ editor }) => {
      editor.files.refresh()
      return editor.session.reloadNodes()
    },
  },
]
