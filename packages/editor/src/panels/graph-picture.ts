import { boundsOf, serializeWorkflow, type NodeId } from '@patchbay/engine/workflow'
import { withPngTexts, workflowKeyword } from '@patchbay/nodes/picture-texts'
import { paint } from '../canvas/painting/painter.ts'
import { readPalette, type PaintedPicture } from '../canvas/painting/painter-frame.ts'
import type { Stage } from '../canvas/stage.ts'
import { download } from '../state/actions/document-actions.ts'

/** A PNG of the whole graph with the workflow inside, so that dropping it on the canvas opens it again. */
export async function pictureOf(stage: Stage): Promise<Blob> {
  const pictures = await picturesOn(stage)
  const bounds = boundsOf([...stage.scene.boxes().values()]) ?? { x: 0, y: 0, width: 400, height: 300 }
  const room = 40
  const ratio = Math.min(2, 6000 / Math.max(bounds.width, bounds.height))
  const width = bounds.width + 2 * room
  const height = bounds.height + 2 * room
  const canvas = document.createElement('canvas')
  canvas.width = Math.ceil(width * ratio)
  canvas.height = Math.ceil(height * ratio)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('This browser cannot draw the picture.')
  const { registry } = stage.context.registry.getState()
  const palette = readPalette(stage.view.container)
  paint(context, {
    scene: stage.scene,
    transform: { x: room - bounds.x, y: room - bounds.y, k: 1 },
    width,
    height,
    ratio,
    palette,
    shown: new Set(),
    selection: new Set(),
    selectedLink: undefined,
    colorOf: registry.colorOf,
    nodeColor: (node) => node.layout?.color,
    runOf: () => undefined,
    pictureOf: (id) => pictures.get(id),
    linksHidden: false,
    moving: false,
  })
  context.globalCompositeOperation = 'destination-over'
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.fillStyle = palette.halo
  context.fillRect(0, 0, canvas.width, canvas.height)
  const plain = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  if (!plain) throw new Error('This browser cannot write PNG files.')
  const { workflow } = stage.context.document.store.getState()
  const texts = { [workflowKeyword]: serializeWorkflow(workflow) }
  const bytes = await withPngTexts(new Uint8Array(await plain.arrayBuffer()), texts)
  return new Blob([bytes], { type: 'image/png' })
}

/** The pictures that stand on nodes, ready to be painted. */
async function picturesOn(stage: Stage): Promise<ReadonlyMap<NodeId, PaintedPicture>> {
  const painted = new Map<NodeId, PaintedPicture>()
  const add = async (id: NodeId): Promise<void> => {
    const picture = stage.pictureOn(id)
    const kept = picture?.kind === 'artifact' ? await stage.pictures.ready(picture) : undefined
    if (kept) painted.set(id, kept)
    if (picture?.kind !== 'preview') return
    const source = await createImageBitmap(new Blob([new Uint8Array(picture.bytes)], { type: picture.mime }))
    painted.set(id, { source, width: source.width, height: source.height })
  }
  await Promise.all([...stage.scene.nodes.keys()].map(add))
  return painted
}

export async function downloadPicture(stage: Stage, title: string): Promise<void> {
  download(`${title}.png`, await pictureOf(stage))
}
