import { memo } from 'react'
import { useStore } from 'zustand'
import { subWorkflowPrefix, type NodeId } from '@patchbay/engine/workflow'
import { showDialog } from '../../state/editor.ts'
import { patchNodeLayout } from '../../state/edits/nodes.ts'
import { manifestOfNode } from '../../state/registry/registry.ts'
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
import { geometryOf, type NodeGeometry } from '../node-geometry.ts'
import { TitleField } from '../title-field.tsx'
import { NodeLinks } from './node-links.tsx'
import { NodePictures } from './node-pictures.tsx'
import { NodeProblems } from './node-problems.tsx'
import { NodeRow } from './node-row.tsx'
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
      aria-describedby={`links-of-${id}`}
      data-selected={selected || undefined}
      data-mode={instance.mode}
      data-state={state}
      data-unknown={manifest === undefined || undefined}
      data-collapsed={layout?.collapsed || undefined}
      style={{ width: geometry.width, height: geometry.height, ...(layout?.color ? { '--tint': layout.color } : {}) }}
    >
      <NodeHeader id={id} label={label} />
      <NodeLinks id={id} manifest={manifest} />
      {!manifest && !layout?.collapsed && <UnknownNode />}
      {geometry.rows.map((row, index) => (
        <NodeRow key={index} id={id} row={row} registry={registry} geometry={geometry} instance={instance} />
      ))}
      {layout?.collapsed && <CollapsedSockets id={id} geometry={geometry} />}
      {geometry.more && <AdvancedToggle id={id} more={geometry.more} />}
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
      <NodeProblems id={id} />
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

/** Shows the inputs that are rarely changed, or hides them again. */
function AdvancedToggle({ id, more: { y, count } }: { id: NodeId; more: NonNullable<NodeGeometry['more']> }) {
  const t = useT()
  const { advanced } = useTab()
  const open = useStore(advanced, ({ nodes }) => nodes.has(id))
  const toggle = (): void => {
    const { nodes } = advanced.getState()
    advanced.setState({ nodes: open ? new Set([...nodes].filter((one) => one !== id)) : new Set([...nodes, id]) })
  }
  return (
    <button
      type="button"
      className="node-advanced"
      style={{ top: y }}
      aria-expanded={open}
      onPointerDown={(event) => event.stopPropagation()}
      onClick={toggle}
    >
      {t(open ? 'node.fewer' : count === 1 ? 'node.advancedOne' : 'node.advanced', { count })}
      <Icon name={open ? 'up' : 'chevronDown'} />
    </button>
  )
}
