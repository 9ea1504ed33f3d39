import { useStore } from 'zustand'
import { placeMissing, type Box } from '@patchbay/engine/workflow'
import { marksOf, type Comparison, type Mark } from '../../state/documents/comparison.ts'
import { graphOf } from '../../state/edits/graph.ts'
import { manifestOfNode } from '../../state/registry/registry.ts'
import { geometryOf } from '../node-geometry.ts'
import { useDocumentState, useEditor, useRegistry, useT, useTab } from '../../contexts/editor-context.tsx'
import { useStage } from '../stage-context.tsx'

/** What differs from an earlier version, marked on the canvas: removed nodes stand where they were. */
export function ComparisonMarks() {
  const { surface } = useEditor()
  const tab = useTab()
  const comparison = useStore(surface, (state) => state.comparison)
  return comparison?.tab === tab.id ? <Marks comparison={comparison} /> : null
}

function Marks({ comparison }: { readonly comparison: Comparison }) {
  const stage = useStage()
  const registry = useRegistry()
  const workflow = useDocumentState((state) => state.workflow)
  const path = useDocumentState((state) => state.path)
  const before = graphOf(comparison.document, path)
  const places = placeMissing(before, before.layout)
  const boxOf = ({ node, kind }: Mark): Box | undefined => {
    if (kind !== 'removed') return stage.scene.boxOf(node)
    const instance = before.nodes[node]
    const layout = places?.nodes?.[node]
    if (!instance || !layout) return undefined
    const { width, height } = geometryOf(manifestOfNode(registry, comparison.document, instance), instance, layout)
    return { x: layout.x, y: layout.y, width, height }
  }
  const titleOf = (node: string): string => {
    const instance = before.nodes[node]
    const manifest = instance && manifestOfNode(registry, comparison.document, instance)
    return places?.nodes?.[node]?.title ?? manifest?.label ?? instance?.type ?? node
  }
  return marksOf(comparison.document, workflow, path).map((mark) => {
    const box = boxOf(mark)
    return (
      box && (
        <MarkView
          key={`${mark.kind}/${mark.node}`}
          mark={mark}
          box={box}
          title={mark.kind === 'removed' ? titleOf(mark.node) : undefined}
        />
      )
    )
  })
}

interface MarkViewProps {
  readonly mark: Mark
  readonly box: Box
  /** What a removed node was called. */
  readonly title: string | undefined
}

function MarkView({ mark: { kind, lines }, box, title }: MarkViewProps) {
  const t = useT()
  return (
    <div
      className="comparison-mark"
      data-kind={kind}
      style={{ left: box.x, top: box.y, width: box.width, height: box.height }}
    >
      <div className="comparison-text">
        <strong>{t(`compare.${kind}`)}</strong>
        {title !== undefined && <span>{title}</span>}
        {lines.map((line) => (
          <span key={line}>{line}</span>
        ))}
      </div>
    </div>
  )
}
