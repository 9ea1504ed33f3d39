import { useEffect, useMemo } from 'react'
import { useStore } from 'zustand'
import { showDialog } from '../state/editor.ts'
import { foldersIn, missingIn, type Missing } from '../state/registry/missing.ts'
import { useDocumentState, useEditor, useRegistry, useT } from '../contexts/editor-context.tsx'

/** What the shown workflow names and the server does not have. */
export function useMissing(): Missing {
  const { files } = useEditor()
  const registry = useRegistry()
  const workflow = useDocumentState((state) => state.workflow)
  const known = useStore(files.store, (state) => state.folders)
  const folders = useMemo(() => foldersIn(workflow, registry), [workflow, registry])
  useEffect(() => folders.forEach(files.ensure), [files, folders])
  return useMemo(() => missingIn(workflow, registry, known), [workflow, registry, known])
}

/** Says that nodes or files are missing, and leads to what can be done about it. */
export function MissingBar() {
  const t = useT()
  const { surface } = useEditor()
  const { types, files } = useMissing()
  const compared = useStore(surface, (state) => state.comparison !== undefined)
  const count = types.length + files.length
  if (count === 0 || compared) return null
  return (
    <div className="comparison-bar missing-bar" role="status">
      <span>{t(count === 1 ? 'missing.one' : 'missing.many', { count })}</span>
      <button type="button" className="button" onClick={() => showDialog(surface, { type: 'missing' })}>
        {t('missing.fix')}
      </button>
    </div>
  )
}
