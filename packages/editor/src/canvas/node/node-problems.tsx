import { memo } from 'react'
import { useStore } from 'zustand'
import type { Issue, NodeId } from '@patchbay/engine/workflow'
import { useDocumentState, useEditor, useT, useTab } from '../../contexts/editor-context.tsx'
import { Icon } from '../../theme/icon.tsx'

const none: readonly Issue[] = []

/** What is wrong with a node as it stands, also with what is inside of it; and the way to all problems. */
export const NodeProblems = memo(function NodeProblems({ id }: { readonly id: NodeId }) {
  const t = useT()
  const { surface } = useEditor()
  const tab = useTab()
  const prefix = useDocumentState((state) => state.path.map(({ node }) => `${node}/`).join(''))
  const issues = useStore(surface, (state) => state.checks[tab.id]?.issues) ?? none
  const own = issues.filter(({ node }) => node === prefix + id || node?.startsWith(`${prefix}${id}/`))
  if (own.length === 0) return null
  return (
    <button
      type="button"
      className="node-fold node-problems"
      data-severity={own.some(({ severity }) => severity === 'error') ? 'error' : 'warning'}
      aria-label={t('node.problems', { count: own.length })}
      title={own.map(({ message }) => message).join('\n')}
      onPointerDown={(event) => event.stopPropagation()}
      onClick={() => surface.setState({ right: 'issues' })}
    >
      <Icon name="alert" />
    </button>
  )
})
