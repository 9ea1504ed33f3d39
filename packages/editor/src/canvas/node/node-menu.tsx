import { ContextMenu } from 'radix-ui'
import type { ReactNode } from 'react'
import { subWorkflowPrefix, type NodeId } from '@patchbay/engine/workflow'
import { patchNodeLayout } from '../../state/edits/nodes.ts'
import { setParameter } from '../../state/edits/parameters.ts'
import { selectedNodes } from '../../state/document.ts'
import { showDialog } from '../../state/editor.ts'
import { runTab } from '../../state/run-actions.ts'
import { useEditor, useStage, useT, useTab } from '../context.tsx'
import { runCommand } from '../commands.ts'
import { unpackNode } from '../selection-actions.ts'

/** Colours to mark nodes and groups with; they read on both themes. */
export const tints = ['#b4532a', '#a16207', '#4d7c0f', '#0f766e', '#1d6fb8', '#5b5bd6', '#9333a8', '#be185d'] as const

/** What can be done with a node; the menu opens on right click and on the menu key. */
export function NodeMenu({ id, children }: { readonly id: NodeId; readonly children: ReactNode }) {
  const { document } = useTab()
  return (
    <ContextMenu.Root
      onOpenChange={(open) => {
        if (open && !document.store.getState().selection.has(id)) document.select([id])
      }}
    >
      <ContextMenu.Trigger asChild>{children}</ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Content className="menu" onPointerDown={(event) => event.stopPropagation()}>
          <NodeMenuContent id={id} />
        </ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  )
}

function NodeMenuContent({ id }: { readonly id: NodeId }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const stage = useStage()
  const { document } = tab
  const graph = document.graph()
  const node = graph.nodes[id]
  const layout = graph.layout?.nodes?.[id]
  const isSub = node?.type.startsWith(subWorkflowPrefix) ?? false
  const run = (command: string) => () => runCommand(command, { editor, tab, stage })
  const choice = (label: string, action: () => unknown, keys?: string, tone = '') => (
    <ContextMenu.Item className={`menu-choice ${tone}`} onSelect={() => void action()}>
      {label}
      {keys && <kbd>{keys}</kbd>}
    </ContextMenu.Item>
  )
  return (
    <>
      {choice(t('node.runTo'), () =>
        runTab(editor, tab, {
          targets: targetsOf(tab.document.store.getState().path, selectedNodes(document.store.getState())),
        }),
      )}
      {isSub &&
        choice(t('node.enterSub'), () => document.enter(id, node?.type.slice(subWorkflowPrefix.length) ?? ''), 'Enter')}
      {isSub && choice(t('node.unpackSub'), () => unpackNode(document, id))}
      <ContextMenu.Separator className="menu-line" />
      {choice(t(node?.mode === 'muted' ? 'node.unmute' : 'node.mute'), run('mute'), 'Ctrl+M')}
      {choice(t(node?.mode === 'bypassed' ? 'node.unbypass' : 'node.bypass'), run('bypass'), 'Ctrl+B')}
      {choice(t(layout?.pinned ? 'node.unpin' : 'node.pin'), run('pin'), 'P')}
      {choice(t(layout?.collapsed ? 'node.expand' : 'node.collapse'), run('collapse'), 'Alt+C')}
      <ColorMenu id={id} />
      <InputsMenu id={id} />
      <ContextMenu.Separator className="menu-line" />
      {choice(t('node.toSub'), run('sub-workflow'), 'Ctrl+Shift+E')}
      {choice(t('node.group'), run('group'), 'Ctrl+G')}
      {choice(t('node.duplicate'), run('duplicate'), 'Ctrl+D')}
      {choice(t('node.copy'), run('copy'), 'Ctrl+C')}
      {choice(t('node.help'), () => showDialog(editor.surface, { type: 'node-help', node: id }))}
      <ContextMenu.Separator className="menu-line" />
      {choice(t('node.delete'), run('delete'), 'Del', 'danger')}
    </>
  )
}

/** Nodes to run to, as paths from the top of the document. */
function targetsOf(path: readonly { readonly node: NodeId }[], ids: readonly NodeId[]): NodeId[] {
  const [outer] = path
  return outer ? [outer.node] : [...ids]
}

function ColorMenu({ id }: { readonly id: NodeId }) {
  const t = useT()
  const { document } = useTab()
  const paint = (color: string | undefined): void => {
    const chosen = selectedNodes(document.store.getState())
    document.editGraph('color', (graph) => patchNodeLayout(graph, chosen.length > 0 ? chosen : [id], { color }))
  }
  return (
    <ContextMenu.Sub>
      <ContextMenu.SubTrigger className="menu-choice">{t('node.color')}</ContextMenu.SubTrigger>
      <ContextMenu.Portal>
        <ContextMenu.SubContent className="menu tints">
          {tints.map((color) => (
            <ContextMenu.Item
              key={color}
              className="tint"
              aria-label={color}
              style={{ background: color }}
              onSelect={() => paint(color)}
            />
          ))}
          <ContextMenu.Item className="menu-choice" onSelect={() => paint(undefined)}>
            {t('node.noColor')}
          </ContextMenu.Item>
        </ContextMenu.SubContent>
      </ContextMenu.Portal>
    </ContextMenu.Sub>
  )
}

/** Which values are taken from links, and which stand in the app view. */
function InputsMenu({ id }: { readonly id: NodeId }) {
  const t = useT()
  const stage = useStage()
  const { document } = useTab()
  const values = stage.manifestOf(id)?.inputs.filter((input) => input.kind === 'value') ?? []
  if (values.length === 0) return null
  const sockets = document.graph().layout?.nodes?.[id]?.sockets ?? []
  const { parameters } = document.store.getState().workflow
  const atTop = document.store.getState().path.length === 0
  return (
    <ContextMenu.Sub>
      <ContextMenu.SubTrigger className="menu-choice">{t('app.inputs')}</ContextMenu.SubTrigger>
      <ContextMenu.Portal>
        <ContextMenu.SubContent className="menu">
          {values.map((input) => {
            const isSocket = sockets.includes(input.name)
            const next = isSocket ? sockets.filter((name) => name !== input.name) : [...sockets, input.name]
            const shown = Object.values(parameters ?? {}).some((one) => one.node === id && one.input === input.name)
            return (
              <div key={input.name}>
                <ContextMenu.Item
                  className="menu-choice"
                  onSelect={() =>
                    document.editGraph('socket', (graph) =>
                      patchNodeLayout(graph, [id], { sockets: next.length > 0 ? next : undefined }),
                    )
                  }
                >
                  {input.label}: {t(isSocket ? 'socket.toWidget' : 'socket.toSocket')}
                </ContextMenu.Item>
                {atTop && (
                  <ContextMenu.Item
                    className="menu-choice"
                    onSelect={() =>
                      document.edit('parameter', (workflow) =>
                        setParameter(workflow, id, input.name, input.label, !shown),
                      )
                    }
                  >
                    {t(shown ? 'app.hideInApp' : 'app.showInApp', { label: input.label })}
                  </ContextMenu.Item>
                )}
              </div>
            )
          })}
        </ContextMenu.SubContent>
      </ContextMenu.Portal>
    </ContextMenu.Sub>
  )
}
