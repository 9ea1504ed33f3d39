import { sizeOfImage, type ImageTensor } from './image.ts'
import { cropImage, padImage } from './geometry.ts'
import { resizeImage, type ResampleMethod } from './resample.ts'

/** How a picture comes into a size of other proportions. */
export const fits = ['cover', 'contain', 'stretch'] as const
export type Fit = (typeof fits)[number]

/** Resizes to a size; a side of 0 follows from the other by the proportions of the picture. */
export function resizeToFit(
  image: ImageTensor,
  wanted: { readonly width: number; readonly height: number },
  fit: Fit,
  method: ResampleMethod,
): ImageTensor {
  const { width, height } = sizeOfImage(image)
  const size = {
    width: wanted.width || Math.max(1, Math.round(((wanted.height || height) * width) / height)),
    height: wanted.height || Math.max(1, Math.round(((wanted.width || width) * height) / width)),
  }
  if (fit === 'stretch') return resizeImage(image, size, method)
  const [across, down] = [size.width / width, size.height / height]
  const factor = fit === 'cover' ? Math.max(across, down) : Math.min(across, down)
  const scaled = {
    width: Math.max(1, Math.round(width * factor)),
    height: Math.max(1, Math.round(height * factor)),
  }
  const resized = resizeImage(image, scaled, method)
  const [left, top] = [Math.floor((size.width - scaled.width) / 2), Math.floor((size.height - scaled.height) / 2)]
  if (fit === 'cover') return cropImage(resized, { ...size, x: -left, y: -top })
  const margin = { left, top, right: size.width - scaled.width - left, bottom: size.height - scaled.height - top }
  return padImage(resized, margin, [0, 0, 0, 0])
}

/** A picture larger or smaller by a factor. */
export function scaleImage(image: ImageTensor, factor: number, method: ResampleMethod): ImageTensor {
  const { width, height } = sizeOfImage(image)
  const scaled = (length: number) => Math.max(1, Math.round(length * factor))
  return resizeImage(image, { width: scaled(width), height: scaled(height) }, method)
}

/** About so many pixels in the same proportions, both sides multiples of a number. */
export function scaleToPixels(
  image: ImageTensor,
  pixels: number,
  multiple: number,
  method: ResampleMethod,
): ImageTensor {
  const { width, height } = sizeOfImage(image)
  const factor = Math.sqrt(pixels / (width * height))
  const scaled = (length: number) => Math.max(multiple, Math.round((length * factor) / multiple) * multiple)
  return resizeImage(image, { width: scaled(width), height: scaled(height) }, method)
}
