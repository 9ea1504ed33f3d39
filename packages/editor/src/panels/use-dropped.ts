import { useEffect, useState } from 'react'
import { useEditor } from '../contexts/editor-context.tsx'
import { placeNode } from '../commands/place-node.ts'
import { openFile } from '../state/actions/document-actions.ts'
import { countUse } from '../state/settings/settings.ts'
import type { Stage } from '../canvas/stage.ts'
import type { Tab } from '../state/documents/workspace.ts'

export const nodeDragType = 'application/x-patchbay-node'

/** Files dropped anywhere are opened; nodes dragged out of the library are placed. */
export function useDropped(tab: Tab | undefined, stage: Stage | undefined): boolean {
  const editor = useEditor()
  const [over, setOver] = useState(false)
  useEffect(() => {
    const dragged = (event: DragEvent): void => {
      const types = event.dataTransfer?.types ?? []
      if (!types.includes('Files') && !types.includes(nodeDragType)) return
      event.preventDefault()
      setOver(types.includes('Files'))
    }
    const left = (event: DragEvent): void => {
      if (!event.relatedTarget) setOver(false)
    }
    const dropped = (event: DragEvent): void => {
      setOver(false)
      const type = event.dataTransfer?.getData(nodeDragType)
      const manifest = type ? editor.session.registry.getState().registry.node(type) : undefined
      if (manifest && stage) {
        event.preventDefault()
        countUse(editor.settings, manifest.type)
        placeNode(stage, manifest, { at: stage.view.pointOf(event), screen: { x: event.clientX, y: event.clientY } })
        return
      }
      const files = [...(event.dataTransfer?.files ?? [])]
      if (files.length === 0) return
      event.preventDefault()
      for (const file of files) void openFile(editor, file)
    }
    window.addEventListener('dragover', dragged)
    window.addEventListener('dragleave', left)
    window.addEventListener('drop', dropped)
    return () => {
      window.removeEventListener('dragover', dragged)
      window.removeEventListener('dragleave', left)
      window.removeEventListener('drop', dropped)
    }
  }, [editor, tab, stage])
  return over
}
