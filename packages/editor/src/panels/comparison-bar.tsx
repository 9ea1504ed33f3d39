import { useStore } from 'zustand'
import { marksOf, type Comparison } from '../state/documents/comparison.ts'
import { useDocumentState, useEditor, useT, useTab } from '../contexts/editor-context.tsx'

/** Says what the canvas is compared with, and ends it. */
export function ComparisonBar() {
  const { surface } = useEditor()
  const tab = useTab()
  const comparison = useStore(surface, (state) => state.comparison)
  return comparison?.tab === tab.id ? <Bar comparison={comparison} /> : null
}

function Bar({ comparison: { version, document } }: { readonly comparison: Comparison }) {
  const t = useT()
  const { surface } = useEditor()
  const workflow = useDocumentState((state) => state.workflow)
  const path = useDocumentState((state) => state.path)
  const marks = marksOf(document, workflow, path)
  const count = (kind: string): number => marks.filter((mark) => mark.kind === kind).length
  return (
    <div className="comparison-bar" role="status">
      <strong>{t('compare.with', { version })}</strong>
      {(['added', 'removed', 'changed'] as const).map((kind) => (
        <span key={kind} data-kind={kind}>
          {count(kind)} {t(`compare.${kind}`)}
        </span>
      ))}
      <button type="button" className="button" onClick={() => surface.setState({ comparison: undefined })}>
        {t('compare.end')}
      </button>
    </div>
  )
}
