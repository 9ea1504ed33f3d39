import { float32 } from '@patchbay/onnx/tensor'
import { colorOf } from './composite.ts'
import { padImage, type Margin } from './geometry.ts'
import { sizeOfImage, withoutAlpha, type ImageTensor, type MaskTensor } from './image.ts'

/**
 * A picture with a margin of one colour, and a mask that is 1 on the margin and fades into the picture over `feather`
 * pixels.
 */
export function padForOutpainting(
  image: ImageTensor,
  margin: Margin,
  { feather, color }: { readonly feather: number; readonly color: string },
): { image: ImageTensor; mask: MaskTensor } {
  const { height, width } = sizeOfImage(image)
  const [rows, columns] = [height + margin.top + margin.bottom, width + margin.left + margin.right]
  const data = Float32Array.from({ length: rows * columns }, (_, i) => {
    const [y, x] = [Math.floor(i / columns) - margin.top, (i % columns) - margin.left]
    if (y < 0 || x < 0 || y >= height || x >= width) return 1
    // Only sides that have a margin fade.
    const sides = [
      [margin.left, x],
      [margin.right, width - 1 - x],
      [margin.top, y],
      [margin.bottom, height - 1 - y],
    ] as const
    const distance = Math.min(...sides.map(([side, away]) => (side > 0 ? away : Infinity)))
    return distance < feather ? (1 - distance / feather) ** 2 : 0
  })
  return {
    image: padImage(withoutAlpha(image), margin, colorOf(color)),
    mask: float32([1, rows, columns], data),
  }
}
