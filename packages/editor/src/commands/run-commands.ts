import { cancelRun, runTab } from '../state/actions/run-actions.ts'
import { selectedNodes } from '../state/documents/document.ts'
import type { Command } from './command.ts'

/** Running the workflow, and stopping it. */
export const runCommands: readonly Command[] = [
  {
    id: 'run',
    label: 'command.run',
    keys: ['Ctrl+Enter'],
    always: true,
    run: ({ editor, tab }) => runTab(editor, tab, { count: editor.surface.getState().runs }),
  },
  {
    id: 'run-front',
    label: 'command.runFront',
    keys: ['Ctrl+Shift+Enter'],
    always: true,
    run: ({ editor, tab }) => runTab(editor, tab, { front: true }),
  },
  {
    id: 'run-selected',
    label: 'run.selected',
    run: ({ editor, tab }) => runTab(editor, tab, { targets: selectedNodes(tab.document.store.getState()) }),
  },
  {
    id: 'cancel',
    label: 'command.cancel',
    keys: ['Ctrl+Alt+Enter'],
    always: true,
    run: ({ editor, tab }) => cancelRun(editor, tab),
  },
]
