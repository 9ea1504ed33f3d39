import type { MessageKey } from '../messages/en.ts'
import { newTab, saveTab } from '../state/actions/document-actions.ts'
import { selectedNodes } from '../state/documents/document.ts'
import { showDialog, type Editor } from '../state/editor.ts'
import { cancelRun, runTab } from '../state/actions/run-actions.ts'
import { align, distribute, type Alignment } from '../state/edits/arrange.ts'
import { moveNodes } from '../state/edits/nodes.ts'
import type { Tab } from '../state/documents/workspace.ts'
import { copy, cut, paste } from './clipboard-commands.ts'
import {
  arrangeAll,
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
import { fitView, zoomBy } from '../canvas/camera.ts'
import { openMenu } from './menu/open-menu.ts'
import type { Stage } from '../canvas/stage.ts'

export interface CommandContext {
  readonly editor: Editor
  readonly tab: Tab
  readonly stage: Stage | undefined
}

export interface Command {
  readonly id: string
  readonly label: MessageKey
  /** As `Ctrl+Shift+K`; several when any of them will do. Ctrl is also the Mac's command key. */
  readonly keys?: readonly string[]
  /** Works while typing in a field too. */
  readonly always?: boolean
  readonly run: (context: CommandContext) => unknown
}

const onStage =
  (action: (context: CommandContext & { readonly stage: Stage }) => unknown) =>
  (context: CommandContext): unknown =>
    context.stage ? action({ ...context, stage: context.stage }) : undefined

const toggle =
  (side: 'nodes' | 'workflows' | 'jobs') =>
  ({ editor }: CommandContext): void =>
    editor.surface.setState({ side: editor.surface.getState().side === side ? undefined : side })

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

/** The page's file input, which opens the browser's dialog. */
export const fileChooserId = 'open-file'

/** Everything that has a key or stands in the list of commands. */
export const commands: readonly Command[] = [
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
  { id: 'undo', label: 'command.undo', keys: ['Ctrl+Z'], run: ({ tab }) => tab.document.undo() },
  { id: 'redo', label: 'command.redo', keys: ['Ctrl+Y', 'Ctrl+Shift+Z'], run: ({ tab }) => tab.document.redo() },
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
    id: 'search',
    label: 'command.search',
    keys: ['Space', 'Tab'],
    run: onStage(({ editor, stage }) => {
      const box = stage.view.container.getBoundingClientRect()
      editor.surface.setState({
        search: {
          at: stage.center(),
          screen: { x: box.left + box.width / 2, y: box.top + Math.min(160, box.height / 4) },
        },
      })
    }),
  },
  {
    id: 'commands',
    label: 'command.commands',
    keys: ['Ctrl+K', 'Ctrl+Shift+P'],
    always: true,
    run: ({ editor }) => editor.surface.setState({ commands: true }),
  },
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
    id: 'zoom-in',
    label: 'command.zoomIn',
    keys: ['Alt+=', '+', '='],
    run: onStage(({ stage }) => zoomBy(stage, 1.25)),
  },
  { id: 'zoom-out', label: 'command.zoomOut', keys: ['Alt+-', '-'], run: onStage(({ stage }) => zoomBy(stage, 0.8)) },
  { id: 'fit', label: 'command.fit', keys: ['.'], run: onStage(({ stage }) => fitView(stage)) },
  {
    id: 'fit-selection',
    label: 'command.fitSelection',
    keys: ['Shift+.', '>', ','],
    run: onStage(({ tab, stage }) => fitView(stage, selectedNodes(tab.document.store.getState()))),
  },
  { id: 'hand', label: 'command.hand', keys: ['H'], run: onStage(({ stage }) => stage.setTool('hand')) },
  { id: 'box', label: 'command.box', keys: ['V'], run: onStage(({ stage }) => stage.setTool('select')) },
  { id: 'nodes', label: 'command.nodes', keys: ['Shift+N'], run: toggle('nodes') },
  { id: 'workflows', label: 'command.workflows', keys: ['W'], run: toggle('workflows') },
  { id: 'jobs', label: 'command.jobs', keys: ['Q'], run: toggle('jobs') },
  {
    id: 'app',
    label: 'command.app',
    keys: ['Alt+M'],
    always: true,
    run: ({ editor }) => editor.surface.setState({ view: editor.surface.getState().view === 'app' ? 'graph' : 'app' }),
  },
  {
    id: 'minimap',
    label: 'command.minimap',
    keys: ['Alt+Shift+M'],
    run: ({ editor }) => editor.settings.setState({ minimap: !editor.settings.getState().minimap }),
  },
  {
    id: 'links',
    label: 'command.links',
    run: ({ editor, stage }) => {
      editor.settings.setState({ linksHidden: !editor.settings.getState().linksHidden })
      stage?.schedule()
    },
  },
  {
    id: 'snap',
    label: 'command.snap',
    run: ({ editor }) => editor.settings.setState({ snap: !editor.settings.getState().snap }),
  },
  {
    id: 'arrange',
    label: 'command.arrange',
    keys: ['Ctrl+Shift+L'],
    run: onStage(({ tab, stage }) => arrangeAll(tab.document, stage)),
  },
  {
    id: 'shortcuts',
    label: 'command.shortcuts',
    keys: ['Ctrl+Shift+K', '?'],
    run: ({ editor }) => showDialog(editor.surface, { type: 'settings', part: 'keys' }),
  },
  {
    id: 'settings',
    label: 'settings.title',
    keys: ['Ctrl+,'],
    always: true,
    run: ({ editor }) => showDialog(editor.surface, { type: 'settings', part: 'general' }),
  },
  {
    id: 'templates',
    label: 'canvas.templates',
    keys: ['Shift+T'],
    run: ({ editor }) => showDialog(editor.surface, { type: 'templates' }),
  },
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
    keys: [']'],
    run: onStage(({ tab, stage }) => stepSelection(tab.document, stage, 1)),
  },
  {
    id: 'previous',
    label: 'command.previousNode',
    keys: ['['],
    run: onStage(({ tab, stage }) => stepSelection(tab.document, stage, -1)),
  },
  {
    id: 'left',
    label: 'command.moveLeft',
    keys: ['ArrowLeft'],
    run: onStage(({ tab, stage }) => nudgeSelection(tab.document, stage, -12, 0)),
  },
  {
    id: 'right',
    label: 'command.moveRight',
    keys: ['ArrowRight'],
    run: onStage(({ tab, stage }) => nudgeSelection(tab.document, stage, 12, 0)),
  },
  {
    id: 'up',
    label: 'command.moveUp',
    keys: ['ArrowUp'],
    run: onStage(({ tab, stage }) => nudgeSelection(tab.document, stage, 0, -12)),
  },
  {
    id: 'down',
    label: 'command.moveDown',
    keys: ['ArrowDown'],
    run: onStage(({ tab, stage }) => nudgeSelection(tab.document, stage, 0, 12)),
  },
]
