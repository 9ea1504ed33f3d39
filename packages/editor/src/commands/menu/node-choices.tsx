import { subWorkflowPrefix, type NodeId } from '@patchbay/engine/workflow'
import { showDialog } from '../../state/editor.ts'
import { selectedNodes } from '../../state/documents/document.ts'
import { patchNodeLayout } from '../../state/edits/nodes.ts'
import { setParameter } from '../../state/edits/parameters.ts'
import {
  offeredInput,
  offeredOutput,
  offerInput,
  offerOutput,
  withdrawEnd,
} from '../../state/edits/sub-workflow-ends.ts'
import { runTab } from '../../state/actions/run-actions.ts'
import { useEditor, useT, useTab } from '../../contexts/editor-context.tsx'
import { useStage } from '../../canvas/stage-context.tsx'
import { runCommand } from '../keys.ts'
import { unpackNode } from '../selection-actions.ts'
import { Choice, ColorChoices, Line, Submenu } from './parts.tsx'

/** What can be done with a node, or with all that are selected with it. */
export function NodeChoices({ id }: { readonly id: NodeId }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const stage = useStage()
  const { document } = tab
  const graph = document.graph()
  const node = graph.nodes[id]
  const layout = graph.layout?.nodes?.[id]
  const sub = node?.type.startsWith(subWorkflowPrefix) ? node.type.slice(subWorkflowPrefix.length) : undefined
  const chosen = selectedNodes(document.store.getState())
  const run = (command: string) => () => runCommand(command, { editor, tab, stage })
  return (
    <>
      <Choice
        label={t('node.runTo')}
        onSelect={() => runTab(editor, tab, { targets: targetsOf(document.store.getState().path, chosen) })}
      />
      {sub !== undefined && (
        <>
          <Choice label={t('node.enterSub')} command="enter" onSelect={() => document.enter(id, sub)} />
          <Choice
            label={t('sub.edit')}
            onSelect={() => showDialog(editor.surface, { type: 'sub-workflow', name: sub })}
          />
          <Choice label={t('node.unpackSub')} onSelect={() => unpackNode(document, id)} />
        </>
      )}
      <Line />
      <Choice label={t('node.rename')} command="rename" onSelect={() => stage.rename(id)} />
      <Choice label={t(node?.mode === 'muted' ? 'node.unmute' : 'node.mute')} command="mute" onSelect={run('mute')} />
      <Choice
        label={t(node?.mode === 'bypassed' ? 'node.unbypass' : 'node.bypass')}
        command="bypass"
        onSelect={run('bypass')}
      />
      <Choice label={t(layout?.pinned ? 'node.unpin' : 'node.pin')} command="pin" onSelect={run('pin')} />
      <Choice
        label={t(layout?.collapsed ? 'node.expand' : 'node.collapse')}
        command="collapse"
        onSelect={run('collapse')}
      />
      {(layout?.width !== undefined || layout?.height !== undefined) && (
        <Choice
          label={t('node.usualSize')}
          onSelect={() =>
            document.editGraph('resize', (one) => patchNodeLayout(one, chosen, { width: undefined, height: undefined }))
          }
        />
      )}
      <ColorChoices
        onPaint={(color) => document.editGraph('color', (one) => patchNodeLayout(one, chosen, { color }))}
      />
      <InputChoices id={id} />
      <OfferChoices id={id} />
      {chosen.length > 1 && <AlignChoices many={chosen.length > 2} />}
      <Line />
      <Choice label={t('node.toSub')} command="sub-workflow" onSelect={run('sub-workflow')} />
      <Choice label={t('node.group')} command="group" onSelect={run('group')} />
      <Choice label={t('node.duplicate')} command="duplicate" onSelect={run('duplicate')} />
      <Choice label={t('node.copy')} command="copy" onSelect={run('copy')} />
      <Choice label={t('node.help')} onSelect={() => showDialog(editor.surface, { type: 'node-help', node: id })} />
      <Line />
      <Choice label={t('command.deleteBridge')} command="delete-bridge" onSelect={run('delete-bridge')} />
      <Choice label={t('node.delete')} command="delete" danger onSelect={run('delete')} />
    </>
  )
}

/** Nodes to run to, as paths from the top of the document. */
function targetsOf(path: readonly { readonly node: NodeId }[], ids: readonly NodeId[]): NodeId[] {
  const [outer] = path
  return outer ? [outer.node] : [...ids]
}

/** Which values are taken from links, and which stand in the app view. */
function InputChoices({ id }: { readonly id: NodeId }) {
  const t = useT()
  const stage = useStage()
  const { document } = useTab()
  const values = stage.manifestOf(id)?.inputs.filter((input) => input.kind === 'value') ?? []
  if (values.length === 0) return null
  const sockets = document.graph().layout?.nodes?.[id]?.sockets ?? []
  const { workflow, path } = document.store.getState()
  return (
    <Submenu label={t('app.inputs')}>
      {values.map((input) => {
        const isSocket = sockets.includes(input.name)
        const next = isSocket ? sockets.filter((name) => name !== input.name) : [...sockets, input.name]
        const shown = Object.values(workflow.parameters ?? {}).some(
          (one) => one.node === id && one.input === input.name,
        )
        return (
          <div key={input.name}>
            <Choice
              label={`${input.label}: ${t(isSocket ? 'socket.toWidget' : 'socket.toSocket')}`}
              onSelect={() =>
                document.editGraph('socket', (graph) =>
                  patchNodeLayout(graph, [id], { sockets: next.length > 0 ? next : undefined }),
                )
              }
            />
            {path.length === 0 && (
              <Choice
                label={t(shown ? 'app.hideInApp' : 'app.showInApp', { label: input.label })}
                onSelect={() =>
                  document.edit('parameter', (before) => setParameter(before, id, input.name, input.label, !shown))
                }
              />
            )}
          </div>
        )
      })}
    </Submenu>
  )
}

/** Inside a sub-workflow: which inputs and outputs its node has. */
function OfferChoices({ id }: { readonly id: NodeId }) {
  const t = useT()
  const stage = useStage()
  const { document } = useTab()
  const { path, workflow } = document.store.getState()
  const name = path.at(-1)?.workflow
  const sub = name === undefined ? undefined : workflow.workflows?.[name]
  const manifest = stage.manifestOf(id)
  if (name === undefined || !sub || !manifest) return null
  const node = sub.nodes[id]
  // An input that a link inside already feeds cannot be fed from outside too.
  const free = manifest.inputs.filter(
    (input) => offeredInput(node, input.name) !== undefined || node?.links[input.name] === undefined,
  )
  return (
    <Submenu label={t('sub.offer')}>
      {free.map((input) => {
        const end = offeredInput(node, input.name)
        return (
          <Choice
            key={`input/${input.name}`}
            label={t(end === undefined ? 'sub.offerInput' : 'sub.withdrawInput', { label: input.label })}
            onSelect={() =>
              document.edit('offer', (before) =>
                end === undefined ? offerInput(before, name, id, input.name) : withdrawEnd(before, name, 'inputs', end),
              )
            }
          />
        )
      })}
      {manifest.outputs.map((output) => {
        const end = offeredOutput(sub, id, output.name)
        return (
          <Choice
            key={`output/${output.name}`}
            label={t(end === undefined ? 'sub.offerOutput' : 'sub.withdrawOutput', { label: output.label })}
            onSelect={() =>
              document.edit('offer', (before) =>
                end === undefined
                  ? offerOutput(before, name, id, output.name)
                  : withdrawEnd(before, name, 'outputs', end),
              )
            }
          />
        )
      })}
    </Submenu>
  )
}

function AlignChoices({ many }: { readonly many: boolean }) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const stage = useStage()
  const run = (command: string) => () => runCommand(command, { editor, tab, stage })
  return (
    <Submenu label={t('node.align')}>
      <Choice label={t('command.alignLeft')} onSelect={run('align-left')} />
      <Choice label={t('command.alignCenter')} onSelect={run('align-center')} />
      <Choice label={t('command.alignRight')} onSelect={run('align-right')} />
      <Choice label={t('command.alignTop')} onSelect={run('align-top')} />
      <Choice label={t('command.alignMiddle')} onSelect={run('align-middle')} />
      <Choice label={t('command.alignBottom')} onSelect={run('align-bottom')} />
      <Choice label={t('command.distributeX')} disabled={!many} onSelect={run('distribute-x')} />
      <Choice label={t('command.distributeY')} disabled={!many} onSelect={run('distribute-y')} />
    </Submenu>
  )
}
