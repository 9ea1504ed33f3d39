import type { PreviewHeader } from '@patchbay/engine/workflow'
import type { ExecutionId } from './comfy-origin.ts'

/** Binary event 1: the format (1 JPEG, 2 PNG) and the picture. */
export function plainFrame(mime: string, picture: Uint8Array): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(1, 0)
  head.writeUInt32BE(mime === 'image/png' ? 2 : 1, 4)
  return Buffer.concat([head, picture])
}

/** Binary event 3: the length of the node's id, the id, and what the node says of its progress. */
export function textFrame(node: string, text: string): Buffer {
  const id = Buffer.from(node)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(3, 0)
  head.writeUInt32BE(id.length, 4)
  return Buffer.concat([head, id, Buffer.from(text)])
}

/** Binary event 4: the length of a JSON text that names the node, the text, and the picture. */
export function metadataFrame(
  header: PreviewHeader,
  { node, display, parent }: ExecutionId,
  picture: Uint8Array,
): Buffer {
  const json = Buffer.from(
    JSON.stringify({
      node_id: node,
      prompt_id: header.job,
      display_node_id: display,
      parent_node_id: parent,
      real_node_id: node,
      image_type: header.mime,
    }),
  )
  const head = Buffer.alloc(8)
  head.writeUInt32BE(4, 0)
  head.writeUInt32BE(json.length, 4)
  return Buffer.concat([head, json, picture])
}
