import type { Preview } from '@patchbay/engine'
import { float32 } from '@patchbay/onnx/tensor'
import type { PictureTokens } from '../decoding/picture-tokens.ts'
import { imageOfPlanes } from '../image/image.ts'
import { previewPictures } from '../image/preview.ts'
import { detokenizePictures, type ImageTokenizer } from '../networks/tokens/image-tokenizer.ts'
import type { Sessions } from '../networks/sessions.ts'

/**
 * Shows pictures of which the first rows of codes are there: what these decode to, above grey.
 * @param rows of the whole picture
 */
export async function previewRows(
  sessions: Sessions,
  tokenizer: ImageTokenizer,
  tokens: PictureTokens,
  rows: number,
  preview: (picture: Preview) => void,
): Promise<void> {
  const planes = await detokenizePictures(sessions, tokenizer, tokens)
  const [batch = 0, channels = 0, height = 0, width = 0] = planes.shape
  const whole = (height / tokens.shape[1]) * rows
  const data = new Float32Array(batch * channels * whole * width).fill(0.5)
  for (let map = 0; map < batch * channels; map++) {
    data.set(planes.data.subarray(map * height * width, (map + 1) * height * width), map * whole * width)
  }
  await previewPictures(imageOfPlanes(float32([batch, channels, whole, width], data), { low: 0 }), preview, 0)
}
