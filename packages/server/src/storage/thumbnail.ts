import sharp from 'sharp'
import { Failure } from '../jobs/failure.ts'

/** A WebP that fits a square of `size` pixels. A picture of more than `pixelLimit` pixels, or one that lies about itself, is refused. */
export async function makeThumbnail(path: string, size: number, pixelLimit: number): Promise<Buffer> {
  try {
    return await sharp(path, { limitInputPixels: pixelLimit, sequentialRead: true })
      .rotate()
      .resize(size, size, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 80 })
      .toBuffer()
  } catch {
    throw new Failure('wrong-file-type', 'The picture cannot be read, or it has too many pixels.')
  }
}
