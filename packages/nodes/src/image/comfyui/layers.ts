import { float32 } from '@patchbay/onnx/tensor'
import { batchImages, blendImages, type BlendMode, type Placement } from '../composite.ts'
import { imageFrom, sizeOfImage, sizeOfMask, withoutAlpha, type ImageTensor, type MaskTensor } from '../image.ts'
import { interpolate } from '../interpolation/interpolate.ts'
import { resizedAsComfy } from './resize.ts'

/** Batches joined into one: the middle of a picture of another size is cut to the shape of the first, and resized. */
export function batchImagesAsComfy(images: readonly ImageTensor[]): ImageTensor {
  const [first] = images
  if (!first) throw new RangeError('A batch is made of at least one image')
  const size = sizeOfImage(first)
  return batchImages(images.map((image) => resizedAsComfy(image, size, 'bilinear', true)))
}

/** Two pictures mixed, a second one of another size cut to the shape of the first; the difference keeps its sign. */
export function blendImagesAsComfy(
  below: ImageTensor,
  above: ImageTensor,
  mode: BlendMode,
  amount: number,
): ImageTensor {
  const fitting = resizedAsComfy(above, sizeOfImage(below), 'bicubic', true)
  const blended = blendImages(below, fitting, mode === 'difference' ? 'signed difference' : mode, amount)
  return float32(
    blended.shape,
    blended.data.map((value) => Math.min(1, Math.max(0, value))),
  )
}

/**
 * A picture laid over others through a mask: as many come out as lay below, and the source's own alpha counts for
 * nothing.
 */
export function compositeImagesAsComfy(
  destination: ImageTensor,
  source: ImageTensor,
  { x, y, resize = false }: Placement,
  mask?: MaskTensor,
): ImageTensor {
  const size = sizeOfImage(destination)
  const plain = withoutAlpha(source)
  const above = resize ? interpolate(plain, 1, size, 'bilinear') : plain
  const over = sizeOfImage(above)
  const cover = mask && interpolate(mask, 1, over, 'bilinear')
  const masks = cover ? sizeOfMask(cover).batch : 1
  return imageFrom(size, (k, row, column, c) => {
    const own = destination.data[((k * size.height + row) * size.width + column) * size.channels + c]
    const [sourceY, sourceX] = [row - y, column - x]
    if (sourceY < 0 || sourceX < 0 || sourceY >= over.height || sourceX >= over.width) return own
    const from = k % over.batch
    const pixel = sourceY * over.width + sourceX
    const value = c < 3 ? above.data[(from * over.height * over.width + pixel) * 3 + c] : 1
    const weight = cover ? cover.data[(from % masks) * over.height * over.width + pixel] : 1
    return own + weight * (value - own)
  })
}
