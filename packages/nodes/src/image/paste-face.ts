import { float32 } from '@patchbay/onnx/tensor'
import { pictureOf, sizeOfImage, type ImageTensor } from './image.ts'
import { resizeImage } from './resample.ts'

/** A square of a picture, in pixels. */
export interface FaceBox {
  readonly x: number
  readonly y: number
  readonly side: number
}

/** The lower part of a face is drawn anew, from here down: above it only what is copied. */
const upperEdge = 0.46

/**
 * The picture once for each face, with the lower part of the face in its box, which fades into the picture towards the
 * edges. Outside of the box, and in its upper part, every pixel is the picture's.
 *
 * @param picture [1, height, width, 3]
 * @param faces [n, size, size, 3]
 * @param feather how wide the edge is that fades, 0 to 0.5 of the side
 */
export function pasteFaces(picture: ImageTensor, faces: ImageTensor, box: FaceBox, feather: number): ImageTensor {
  const { width, height } = sizeOfImage(picture)
  const { batch } = sizeOfImage(faces)
  const result = new Float32Array(batch * height * width * 3)
  const weights = weightsOf(box.side, feather)
  for (let k = 0; k < batch; k++) {
    const { data } = resizeImage(pictureOf(faces, k), { width: box.side, height: box.side }, 'bicubic')
    result.set(picture.data, k * picture.data.length)
    for (let y = Math.max(0, -box.y); y < box.side && box.y + y < height; y++) {
      for (let x = Math.max(0, -box.x); x < box.side && box.x + x < width; x++) {
        const weight = weights[y * box.side + x]
        const to = ((k * height + box.y + y) * width + box.x + x) * 3
        const from = (y * box.side + x) * 3
        for (let c = 0; c < 3; c++) result[to + c] += weight * (data[from + c] - result[to + c])
      }
    }
  }
  return float32([batch, height, width, 3], result)
}

/** How far each pixel of the box is the face's: 1 inside, down to 0 at the edges by a cosine. */
function weightsOf(side: number, feather: number): Float32Array {
  const edge = Math.max(feather * side, 1)
  const fade = (distance: number): number => 0.5 - 0.5 * Math.cos(Math.PI * Math.min(1, Math.max(0, distance / edge)))
  return Float32Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [(i % side) + 0.5, Math.floor(i / side) + 0.5]
    return fade(x) * fade(side - x) * fade(side - y) * fade(y - upperEdge * side)
  })
}
