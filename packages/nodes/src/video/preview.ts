import type { Preview } from '@patchbay/engine'
import { sizeOfImage } from '../image/image.ts'
import { encodeAnimation } from './animated-picture.ts'
import type { Video } from './video.ts'

/** A video as an animated picture that plays where previews are shown. */
export async function previewOfVideo(video: Video): Promise<Preview> {
  const { width, height } = sizeOfImage(video.frames)
  const bytes = new Uint8Array(await encodeAnimation(video, { format: 'webp', quality: 100 }))
  return { mime: 'image/webp', width, height, index: 0, bytes }
}
