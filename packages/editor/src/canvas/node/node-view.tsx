import { memo } from 'react'
import { useStore } from 'zustand'
import { subWorkflowPrefix, type InputManifest, type NodeId, type NodeInstance } from '@patchbay/engine/workflow'
import { showDialog } from '../../state/editor.ts'
import { patchNodeLayout } from '../../state/edits/nodes.ts'
import { offeredInput } from '../../state/edits/sub-workflow-ends.ts'
import { manifestOfNode, type Registry } from '../../state/registry/registry.ts'
import { pictureAspect } from '../../state/runs/run.ts'
import { Icon } from '../../theme/icon.tsx'
import {
  useDocument,
  useDocumentState,
  useEditor,
  useGraph,
  useRegistry,
  useRun,
  useRunKey,
  useT,
  useTab,
} from '../../contexts/editor-context.tsx'
import { useStage } from '../stage-context.tsx'
import { geometryOf, type NodeGeometry, type Row } from '../node-geometry.ts'
import { TitleField } from '../title-field.tsx'
import { ValueField } from '../widgets/widget.tsx'
import { NodePictures } from './node-pictures.tsx'
import { ResizeHandle } from './resize-handle.tsx'
import { NodeStatus } from './node-status.tsx'
import { SocketDot } from './socket-dot.tsx'
import './node.css'

/** One node, in full. It draws again when its own instance, layout, selection or run changes, and for nothing else. */
export const NodeView = memo(function NodeView({ id }: { readonly id: NodeId }) {
  const t = useT()
  const registry = useRegistry()
  const instance = useGraph((graph) => graph.nodes[id])
  const layout = useGraph((graph) => graph.layout?.nodes?.[id])
  const workflows = useDocumentState((state) => state.workflow.workflows)
  const selected = useDocumentState((state) => state.selection.has(id))
  const advanced = useStore(useTab().advanced, (state) => state.nodes.has(id))
  const key = useRunKey(id)
  const aspect = useRun((run) => pictureAspect(run.pictures[key]))
  const state = useRun((run) => run.nodes[key]?.state)
  if (!instance) return null
  const manifest = manifestOfNode(registry, workflows ? { workflows } : {}, instance)
  const geometry = geometryOf(manifest, instance, layout, { advanced, pictureAspect: aspect })
  const label = layout?.title ?? manifest?.label ?? instance.type
  return (
    <article
      className="node"
      tabIndex={0}
      aria-label={t('node.label', { label, id })}
      data-selected={selected || undefined}
      data-mode={instance.mode}
      data-state={state}
      data-unknown={manifest === undefined || undefined}
      data-collapsed={layout?.collapsed || undefined}
      style={{ width: geometry.width, height: geometry.height, ...(layout?.color ? { '--tint': layout.color } : {}) }}
    >
      <NodeHeader id={id} label={label} />
      {!manifest && !layout?.collapsed && <UnknownNode />}
      {geometry.rows.map((row, index) => (
        <NodeRow key={index} id={id} row={row} registry={registry} geometry={geometry} instance={instance} />
      ))}
      {layout?.collapsed && <CollapsedSockets id={id} geometry={geometry} />}
      {geometry.hidden > 0 && !layout?.collapsed && <AdvancedToggle id={id} count={geometry.hidden} />}
      {geometry.picture && <NodePictures id={id} y={geometry.picture.y} height={geometry.picture.height} />}
      <NodeStatus id={id} />
      {!layout?.collapsed && <ResizeHandle id={id} width={geometry.width} height={geometry.height} />}
    </article>
  )
})

/** Says that no pack defines the node, and leads to what can be done about it. */
function UnknownNode() {
  const t = useT()
  const { surface } = useEditor()
  return (
    <p className="node-unknown">
      {t('node.unknownHint')}
      <button
        type="button"
        className="link-button"
        onPointerDown={(event) => event.stopPropagation()}
        onClick={() => showDialog(surface, { type: 'missing' })}
      >
        {t('missing.fix')}
      </button>
    </p>
  )
}

function NodeHeader({ id, label }: { readonly id: NodeId; readonly label: string }) {
  const t = useT()
  const document = useDocument()
  const stage = useStage()
  const renaming = useStore(stage.store, (state) => state.renaming === id)
  const collapsed = useGraph((graph) => graph.layout?.nodes?.[id]?.collapsed ?? false)
  const pinned = useGraph((graph) => graph.layout?.nodes?.[id]?.pinned ?? false)
  const mode = useGraph((graph) => graph.nodes[id]?.mode)
  const type = useGraph((graph) => graph.nodes[id]?.type ?? '')
  const title = (typed: string | undefined): void => {
    stage.rename(undefined)
    if (typed === undefined || typed === label) return
    document.editGraph('rename', (graph) => patchNodeLayout(graph, [id], { title: typed.trim() || undefined }))
  }
  const sub = type.startsWith(subWorkflowPrefix) ? type.slice(subWorkflowPrefix.length) : undefined
  return (
    <header className="node-header">
      <button
        type="button"
        className="node-fold"
        tabIndex={-1}
        aria-expanded={!collapsed}
        aria-label={collapsed ? t('node.expand') : t('node.collapse')}
        onPointerDown={(event) => event.stopPropagation()}
        onClick={() =>
          document.editGraph('collapse', (graph) =>
            patchNodeLayout(graph, [id], { collapsed: collapsed ? undefined : true }),
          )
        }
      >
        <Icon name={collapsed ? 'chevronRight' : 'chevronDown'} />
      </button>
      {renaming ? (
        <TitleField label={t('node.rename')} title={label} onDone={title} />
      ) : (
        <h3
          className="node-title"
          title={label}
          onDoubleClick={(event) => {
            event.stopPropagation()
            stage.rename(id)
          }}
        >
          {label}
        </h3>
      )}
      {pinned && (
        <span className="node-badge" title={t('node.pinned')}>
          <Icon name="pin" />
        </span>
      )}
      {mode && <span className="node-badge text">{t(mode === 'muted' ? 'node.muted' : 'node.bypassed')}</span>}
      {sub !== undefined && (
        <button
          type="button"
          className="node-fold"
          aria-label={t('node.enterSub')}
          title={t('node.enterSub')}
          onPointerDown={(event) => event.stopPropagation()}
          onClick={() => document.enter(id, sub)}
        >
          <Icon name="inside" />
        </button>
      )}
    </header>
  )
}

interface NodeRowProps {
  readonly id: NodeId
  readonly row: Row
  readonly registry: Registry
  readonly geometry: NodeGeometry
  readonly instance: NodeInstance
}

function NodeRow({ id, row, registry, geometry, instance }: NodeRowProps) {
  const linked = instance.links
  const { input, output, y, height } = row
  const offered = input && offeredInput(instance, input.name)
  return (
    <div className="node-row" style={{ top: y, height }} data-input={input?.name} data-widget={row.widget || undefined}>
      {input && <InputSocket id={id} input={input} registry={registry} linked={input.name in linked} />}
      {input &&
        (row.widget && input.kind === 'value' ? (
          <ValueField node={id} input={input} />
        ) : (
          <InputLabel id={id} input={input} linked={input.name in linked} offered={offered} />
        ))}
      {output && (
        <>
          <span className="row-label out" title={output.description}>
            {output.label}
          </span>
          <SocketDot
            node={id}
            side="output"
            name={output.name}
            label={`${output.label}: ${registry.labelOf(output.type)}`}
            color={registry.colorOf(output.type)}
            x={geometry.width}
            y={13}
            optional={false}
            list={output.list}
            quiet={false}
          />
        </>
      )}
    </div>
  )
}

function InputSocket({
  id,
  input,
  registry,
  linked,
}: {
  id: NodeId
  input: InputManifest
  registry: Registry
  linked: boolean
}) {
  const t = useT()
  const fixed = useGraph((graph) => graph.layout?.nodes?.[id]?.sockets?.includes(input.name) ?? false)
  const types = input.types.map(registry.labelOf).join(' / ')
  const optional = input.kind === 'link' && input.optional
  const notes = [
    types,
    ...(optional ? [t('socket.optional')] : []),
    ...(input.kind === 'link' && input.list ? [t('socket.list')] : []),
  ]
  return (
    <SocketDot
      node={id}
      side="input"
      name={input.name}
      label={`${input.label}: ${notes.join(', ')}`}
      color={registry.colorOf(input.types[0] ?? '*')}
      x={0}
      y={13}
      optional={optional && !linked}
      list={input.kind === 'link' && input.list}
      quiet={input.kind === 'value' && !linked && !fixed}
    />
  )
}

interface InputLabelProps {
  readonly id: NodeId
  readonly input: InputManifest
  readonly linked: boolean
  /** The input of the sub-workflow that feeds it. */
  readonly offered: string | undefined
}

function InputLabel({ id, input, linked, offered }: InputLabelProps) {
  const t = useT()
  const document = useDocument()
  const toWidget = (): void =>
    document.editGraph('widget', (graph) => {
      const sockets = graph.layout?.nodes?.[id]?.sockets?.filter((name) => name !== input.name) ?? []
      return patchNodeLayout(graph, [id], { sockets: sockets.length > 0 ? sockets : undefined })
    })
  return (
    <span className="row-label" title={input.description} data-linked={linked || undefined}>
      {input.label}
      {offered !== undefined && (
        <span className="offered" title={t('sub.offered', { label: offered })}>
          <Icon name="inside" />
          <span className="hidden-text">{t('sub.offered', { label: offered })}</span>
        </span>
      )}
      {input.kind === 'value' && !linked && (
        <button
          type="button"
          className="row-action"
          onPointerDown={(event) => event.stopPropagation()}
          onClick={toWidget}
          title={t('socket.toWidget')}
          aria-label={t('socket.toWidget')}
        >
          <Icon name="close" />
        </button>
      )}
    </span>
  )
}

/** A collapsed node keeps one socket a side, so that its links end somewhere. */
function CollapsedSockets({ id, geometry }: { id: NodeId; geometry: NodeGeometry }) {
  const ends = [
    { side: 'input' as const, places: geometry.inputs, x: 0 },
    { side: 'output' as const, places: geometry.outputs, x: geometry.width },
  ]
  return ends.map(({ side, places, x }) => {
    const [name] = places.keys()
    if (name === undefined) return null
    return (
      <SocketDot
        key={side}
        node={id}
        side={side}
        name={name}
        label={name}
        color="var(--text-faint)"
        x={x}
        y={17}
        optional={false}
        list={false}
        quiet={false}
      />
    )
  })
}

function AdvancedToggle({ id, count }: { id: NodeId; count: number }) {
  const t = useT()
  const { advanced } = useTab()
  return (
    <button
      type="button"
      className="node-advanced"
      title={t('node.advanced', { count })}
      aria-label={t('node.advanced', { count })}
      onPointerDown={(event) => event.stopPropagation()}
      onClick={() => advanced.setState({ nodes: new Set([...advanced.getState().nodes, id]) })}
    >
      +{count}
    </button>
  )
}
