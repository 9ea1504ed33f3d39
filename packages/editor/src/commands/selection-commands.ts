import { arrange } from '../canvas/arrange-graph.ts'
import { selectedNodes } from '../state/documents/document.ts'
import { showDialog } from '../state/editor.ts'
import { align, distribute, type Alignment } from '../state/edits/arrange.ts'
import { moveNodes } from '../state/edits/nodes.ts'
import { copy, cut, paste } from './clipboard-commands.ts'
import { onStage, type Command } from './command.ts'
import { openMenu } from './menu/open-menu.ts'
import {
  bridgeSelection,
  collapseSelection,
  deleteSelection,
  duplicateSelection,
  enterSelection,
  groupSelection,
  modeSelection,
  nudgeSelection,
  pinSelection,
  stepSelection,
  subWorkflowOfSelection,
  noteHere,
} from './selection-actions.ts'

const alignTo = (edge: Alignment) =>
  onStage(({ tab, stage }) => {
    const boxes = stage.scene.boxes(selectedNodes(tab.document.store.getState()))
    tab.document.editGraph('align', (graph) => moveNodes(graph, align(boxes, edge)))
  })
const distributeOver = (axis: 'x' | 'y') =>
  onStage(({ tab, stage }) => {
    const boxes = stage.scene.boxes(selectedNodes(tab.document.store.getState()))
    tab.document.editGraph('distribute', (graph) => moveNodes(graph, distribute(boxes, axis)))
  })

/** What is selected, and what becomes of it. */
export const selectionCommands: readonly Command[] = [
  {
    id: 'select-all',
    label: 'command.selectAll',
    keys: ['Ctrl+A'],
    run: ({ tab }) => tab.document.select(Object.keys(tab.document.graph().nodes)),
  },
  {
    id: 'select-none',
    label: 'command.selectNone',
    keys: ['Escape'],
    run: ({ tab, stage }) => {
      const { selection, path } = tab.document.store.getState()
      if (stage?.links.store.getState().fixed) stage.links.cancel()
      else if (selection.size > 0 || stage?.store.getState().selectedLink !== undefined) {
        tab.document.select([])
        stage?.store.setState({ selectedLink: undefined })
        stage?.schedule()
      } else if (path.length > 0) tab.document.leaveTo(path.length - 1)
    },
  },
  { id: 'copy', label: 'command.copy', keys: ['Ctrl+C'], run: ({ editor, tab }) => copy(editor, tab.document) },
  { id: 'cut', label: 'command.cut', keys: ['Ctrl+X'], run: ({ editor, tab }) => cut(editor, tab.document) },
  {
    id: 'paste',
    label: 'command.paste',
    run: onStage(({ editor, tab, stage }) => paste(editor, tab.document, stage)),
  },
  {
    id: 'paste-linked',
    label: 'command.pasteLinked',
    keys: ['Ctrl+Shift+V'],
    run: onStage(({ editor, tab, stage }) => paste(editor, tab.document, stage, true)),
  },
  {
    id: 'duplicate',
    label: 'command.duplicate',
    keys: ['Ctrl+D'],
    run: onStage(({ tab, stage }) => duplicateSelection(tab.document, stage)),
  },
  {
    id: 'delete',
    label: 'command.delete',
    keys: ['Delete', 'Backspace'],
    run: onStage(({ tab, stage }) => deleteSelection(tab.document, stage)),
  },
  {
    id: 'delete-bridge',
    label: 'command.deleteBridge',
    keys: ['Shift+Delete'],
    run: onStage(({ tab, stage }) => bridgeSelection(tab.document, stage)),
  },
  {
    id: 'rename',
    label: 'node.rename',
    keys: ['F2'],
    run: onStage(({ tab, stage }) => {
      const [key] = [...tab.document.store.getState().selection].filter((one) => !one.startsWith('note/'))
      stage.rename(key)
    }),
  },
  {
    id: 'menu',
    label: 'command.menu',
    keys: ['Shift+F10', 'ContextMenu'],
    run: onStage(({ stage }) => openMenu(stage)),
  },
  { id: 'mute', label: 'command.mute', keys: ['Ctrl+M'], run: ({ tab }) => modeSelection(tab.document, 'muted') },
  {
    id: 'bypass',
    label: 'command.bypass',
    keys: ['Ctrl+B'],
    run: ({ tab }) => modeSelection(tab.document, 'bypassed'),
  },
  { id: 'collapse', label: 'command.collapse', keys: ['Alt+C'], run: ({ tab }) => collapseSelection(tab.document) },
  { id: 'pin', label: 'command.pin', keys: ['P'], run: ({ tab }) => pinSelection(tab.document) },
  {
    id: 'group',
    label: 'command.group',
    keys: ['Ctrl+G'],
    run: onStage(({ editor, tab, stage }) =>
      groupSelection(tab.document, stage, editor.language.getState().t('group.default')),
    ),
  },
  { id: 'note', label: 'command.note', keys: ['N'], run: onStage(({ tab, stage }) => noteHere(tab.document, stage)) },
  {
    id: 'sub-workflow',
    label: 'command.subWorkflow',
    keys: ['Ctrl+Shift+E'],
    run: onStage(({ editor, tab, stage }) =>
      subWorkflowOfSelection(tab.document, stage, editor.language.getState().t('node.subLabel')),
    ),
  },
  {
    id: 'enter',
    label: 'command.enter',
    keys: ['Enter'],
    run: onStage(({ tab, stage }) => enterSelection(tab.document, stage)),
  },
  {
    id: 'link',
    label: 'command.link',
    keys: ['L'],
    run: ({ editor, tab }) => {
      const [node] = selectedNodes(tab.document.store.getState())
      if (node !== undefined) showDialog(editor.surface, { type: 'link', node })
    },
  },
  {
    id: 'arrange',
    label: 'command.arrange',
    keys: ['Ctrl+Shift+L'],
    run: onStage(({ tab, stage }) => arrange(tab.document, stage, selectedNodes(tab.document.store.getState()))),
  },
  { id: 'align-left', label: 'command.alignLeft', run: alignTo('left') },
  { id: 'align-center', label: 'command.alignCenter', run: alignTo('center') },
  { id: 'align-right', label: 'command.alignRight', run: alignTo('right') },
  { id: 'align-top', label: 'command.alignTop', run: alignTo('top') },
  { id: 'align-middle', label: 'command.alignMiddle', run: alignTo('middle') },
  { id: 'align-bottom', label: 'command.alignBottom', run: alignTo('bottom') },
  { id: 'distribute-x', label: 'command.distributeX', run: distributeOver('x') },
  { id: 'distribute-y', label: 'command.distributeY', run: distributeOver('y') },
  {
    id: 'next',
    label: 'command.nextNode',
    repeats: true,
    keys: [']'],
    run: onStage(({ tab, stage }) => stepSelection(tab.document, stage, 1)),
  },
  {
    id: 'previous',
    label: 'command.previousNode',
    repeats: true,
    keys: ['['],
    run: onStage(({ tab, stage }) => stepSelection(tab.document, stage, -1)),
  },
  {
    id: 'left',
    label: 'command.moveLeft',
    repeats: true,
    keys: ['ArrowLeft'],
    run: onStage(({ tab, stage }) => nudgeSelection(tab.document, stage, -12, 0)),
  },
  {
    id: 'right',
    label: 'command.moveRight',
    repeats: true,
    keys: ['ArrowRight'],
    run: onStage(({ tab, stage }) => nudgeSelection(tab.document, stage, 12, 0)),
  },
  {
    id: 'up',
    label: 'command.moveUp',
    repeats: true,
    keys: ['ArrowUp'],
    run: onStage(({ tab, stage }) => nudgeSelection(tab.document, stage, 0, -12)),
  },
  {
    id: 'down',
    label: 'command.moveDown',
    repeats: true,
    keys: ['ArrowDown'],
    run: onStage(({ tab, stage }) => nudgeSelection(tab.document, stage, 0, 12)),
  },
]
