import { selectedNodes } from '../../state/documents/document.ts'
import type { Stage } from '../../canvas/stage.ts'

/** Opens the menu from the keyboard: for the selected link, else the first selected node, else where nothing is. */
export function openMenu(stage: Stage): void {
  const { selectedLink } = stage.store.getState()
  const [id] = selectedNodes(stage.context.document.store.getState())
  const box = id === undefined ? undefined : stage.scene.boxOf(id)
  const [piece] = (selectedLink === undefined ? undefined : stage.scene.link(selectedLink)?.pieces) ?? []
  const middle = piece && { x: (piece[0].x + piece[3].x) / 2, y: (piece[0].y + piece[3].y) / 2 }
  const { x, y } = middle ?? (box ? { x: box.x + 24, y: box.y + 17 } : stage.center())
  const { transform, container } = stage.view
  const bounds = container.getBoundingClientRect()
  const where = {
    clientX: x * transform.k + transform.x + bounds.left,
    clientY: y * transform.k + transform.y + bounds.top,
  }
  const element = (!middle && id !== undefined && stage.view.element(id)?.querySelector('.node-header')) || container
  element.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true, ...where }))
}
