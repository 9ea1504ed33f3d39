import type { Tensor } from '@patchbay/onnx/tensor'
import { roundHalfToEven } from '../../maths/rounding.ts'
import { sizeOfImage, type ImageTensor } from '../image.ts'
import { cutToShape } from '../interpolation/cut-to-shape.ts'
import { interpolate } from '../interpolation/interpolate.ts'
import { lanczosInBytes } from '../interpolation/lanczos-in-bytes.ts'
import type { ResampleMethod } from '../resample.ts'

interface Size {
  readonly width: number
  readonly height: number
}

/**
 * A picture in another size as ComfyUI resizes: single samples when shrinking, Lanczos in bytes. `isCut` cuts the
 * middle to the proportions of the size before; else it is distorted.
 */
export function resizedAsComfy(image: ImageTensor, size: Size, method: ResampleMethod, isCut = false): Tensor {
  const source = isCut ? cutToShape(image, 1, size) : image
  return method === 'lanczos' ? lanczosInBytes(source, size) : interpolate(source, 1, size, method)
}

/** A size with a side of 0 filled in from the proportions of a picture; both 0 are the picture's own. */
export function openSizeAsComfy(own: Size, { width, height }: Size): Size {
  if (width === 0 && height === 0) return { width: own.width, height: own.height }
  return {
    width: width || Math.max(1, roundHalfToEven((own.width * height) / own.height)),
    height: height || Math.max(1, roundHalfToEven((own.height * width) / own.width)),
  }
}

/** The size of a picture times a factor. */
export function scaledSizeAsComfy(own: Size, factor: number): Size {
  const scaled = (length: number) => Math.max(1, roundHalfToEven(length * factor))
  return { width: scaled(own.width), height: scaled(own.height) }
}

/** A size of so many pixels in the proportions of a picture, both sides multiples of a number. */
export function pixelSizeAsComfy(image: ImageTensor, pixels: number, multiple: number): Size {
  const { width, height } = sizeOfImage(image)
  const factor = Math.sqrt(pixels / (width * height))
  const scaled = (length: number) => Math.max(multiple, roundHalfToEven((length * factor) / multiple) * multiple)
  return { width: scaled(width), height: scaled(height) }
}
