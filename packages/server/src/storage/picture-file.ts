import { open } from 'node:fs/promises'
import { parseWorkflowText } from '@patchbay/engine'
import type { Workflow } from '@patchbay/engine/workflow'
import { mayCarryTexts, pictureTexts, workflowKeyword, type PictureTexts } from '@patchbay/nodes/picture-texts'

/** A picture past this is not searched for texts. */
const mostPicture = 256 * 1024 * 1024

/**
 * The texts that a picture file carries; `{}` for one past `mostPicture`, and for any other file, of which 12 bytes are
 * read.
 */
export async function textsInPicture(path: string): Promise<PictureTexts> {
  const file = await open(path)
  try {
    const head = Buffer.alloc(12)
    await file.read(head, 0, head.length, 0)
    const { size } = await file.stat()
    if (!mayCarryTexts(head) || size > mostPicture) return {}
    const bytes = Buffer.alloc(size)
    const { bytesRead } = await file.read(bytes, 0, size, 0)
    return await pictureTexts(bytes.subarray(0, bytesRead))
  } finally {
    await file.close()
  }
}

/** The native document that a picture of ours carries, a file or its bytes: a PNG, WebP or JPEG. */
export async function workflowInPicture(picture: string | Buffer): Promise<Workflow | undefined> {
  const texts = typeof picture === 'string' ? await textsInPicture(picture) : await textsInBytes(picture)
  const text = texts[workflowKeyword]
  if (text === undefined) return undefined
  const parsed = parseWorkflowText(text)
  return parsed.ok ? parsed.workflow : undefined
}

const textsInBytes = async (bytes: Buffer): Promise<PictureTexts> =>
  mayCarryTexts(bytes.subarray(0, 12)) && bytes.length <= mostPicture ? pictureTexts(bytes) : {}
