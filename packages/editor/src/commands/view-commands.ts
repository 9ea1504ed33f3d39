import { fitView, zoomBy } from '../canvas/camera.ts'
import { selectedNodes } from '../state/documents/document.ts'
import { showDialog } from '../state/editor.ts'
import { onStage, type Command, type CommandContext } from './command.ts'

const toggle =
  (side: 'nodes' | 'workflows' | 'jobs') =>
  ({ editor }: CommandContext): void =>
    editor.surface.setState({ side: editor.surface.getState().side === side ? undefined : side })

/** What is shown: the part of the canvas, panels, dialogs and the search. */
export const viewCommands: readonly Command[] = [
  {
    id: 'search',
    label: 'command.search',
    keys: ['Space'],
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
    id: 'zoom-in',
    label: 'command.zoomIn',
    repeats: true,
    keys: ['Alt+=', '+', '='],
    run: onStage(({ stage }) => zoomBy(stage, 1.25)),
  },
  {
    id: 'zoom-out',
    label: 'command.zoomOut',
    repeats: true,
    keys: ['Alt+-', '-'],
    run: onStage(({ stage }) => zoomBy(stage, 0.8)),
  },
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
]
