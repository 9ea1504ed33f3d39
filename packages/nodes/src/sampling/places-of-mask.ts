import { numberAt } from '@patchbay/onnx/tensor'
import { sizeOfMask, type MaskTensor } from '../image/image.ts'
import type { PictureTokens } from '../decoding/picture-tokens.ts'

/**
 * Which places of tokens a mask covers: those in which it is above a half anywhere; all without a mask.
 * @throws RangeError where the mask is of other proportions than the tokens, or of another number of pictures
 */
export function placesOfMask(
  mask: MaskTensor | undefined,
  [batch, rows, columns]: PictureTokens['shape'],
): readonly boolean[] {
  const count = batch * rows * columns
  if (!mask) return Array.from({ length: count }, () => true)
  const { batch: masks, height, width } = sizeOfMask(mask)
  if (height % rows !== 0 || width % columns !== 0 || (masks !== 1 && masks !== batch)) {
    throw new RangeError(
      `A mask of ${masks} × ${width} × ${height} does not lie on tokens of ${batch} × ${columns} × ${rows} places: its sides must be multiples of these, for one picture or for all`,
    )
  }
  const [tall, wide] = [height / rows, width / columns]
  const isCovered = Array.from({ length: count }, () => false)
  for (let k = 0; k < batch; k++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (numberAt(mask.data, ((masks === 1 ? 0 : k) * height + y) * width + x) <= 0.5) continue
        isCovered[(k * rows + Math.floor(y / tall)) * columns + Math.floor(x / wide)] = true
      }
    }
  }
  return isCovered
}
