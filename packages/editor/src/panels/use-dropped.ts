import { useEffect, useState } from 'react'
import { useEditor } from '../contexts/editor-context.tsx'
import { placeNode } from '../commands/place-node.ts'
import { placeFile, placeResult, type PicturePlace } from '../commands/place-picture.ts'
import { openFile } from '../state/actions/document-actions.ts'
import { droppedResult, resultDragType } from '../state/actions/use-picture.ts'
import type { Editor } from '../state/editor.ts'
import { countUse } from '../state/settings/settings.ts'
import type { Stage } from '../canvas/stage.ts'

export const nodeDragType = 'application/x-patchbay-node'

/**
 * What is dropped on the page: files are opened, pictures without a workflow and results are loaded by a node, nodes of
 * the library are placed. True while files are over the page.
 */
export function useDropped(stage: Stage | undefined): boolean {
  const editor = useEditor()
  const [over, setOver] = useState(false)
  useEffect(() => {
    const dragged = (event: DragEvent): void => {
      const types = event.dataTransfer?.types ?? []
      if (![nodeDragType, resultDragType, 'Files'].some((type) => types.includes(type))) return
      event.preventDefault()
      setOver(types.includes('Files'))
    }
    const left = (event: DragEvent): void => {
      if (!event.relatedTarget) setOver(false)
    }
    const dropped = (event: DragEvent): void => {
      setOver(false)
      if (drop(editor, stage, event)) event.preventDefault()
    }
    window.addEventListener('dragover', dragged)
    window.addEventListener('dragleave', left)
    window.addEventListener('drop', dropped)
    return () => {
      window.removeEventListener('dragover', dragged)
      window.removeEventListener('dragleave', left)
      window.removeEventListener('drop', dropped)
    }
  }, [editor, stage])
  return over
}

/** Takes what is dropped; false when it is nothing for this page. */
function drop(editor: Editor, stage: Stage | undefined, event: DragEvent): boolean {
  const type = event.dataTransfer?.getData(nodeDragType)
  const manifest = type ? editor.session.registry.getState().registry.node(type) : undefined
  if (manifest && stage) {
    countUse(editor.settings, manifest.type)
    placeNode(stage, manifest, { at: stage.view.pointOf(event), screen: { x: event.clientX, y: event.clientY } })
    return true
  }
  const place = stage && placeOf(stage, event)
  const result = droppedResult(event.dataTransfer)
  if (result && stage) {
    void placeResult(editor, stage, result, place)
    return true
  }
  const files = [...(event.dataTransfer?.files ?? [])]
  const loadPicture = stage && place ? (file: File) => placeFile(editor, stage, file, place) : undefined
  for (const file of files) void openFile(editor, file, loadPicture)
  return files.length > 0
}

function placeOf(stage: Stage, event: DragEvent): PicturePlace {
  const at = stage.view.pointOf(event)
  const under = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-node]') : null
  return { at, node: under?.dataset['node'] ?? stage.scene.nodeAt(at) }
}
