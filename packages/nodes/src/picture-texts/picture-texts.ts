import { avifMetadata, isAvif } from './avif.ts'
import { exifTexts } from './exif.ts'
import { isJpeg, jpegMetadata } from './jpeg.ts'
import { isPng, pngTexts } from './png.ts'
import type { PictureTexts } from './texts.ts'
import { isWebp, webpMetadata } from './webp.ts'
import { xmpTexts } from './xmp.ts'

/** Whether a file that begins with these 12 bytes, or more, is a picture that may carry texts. */
export function mayCarryTexts(head: Uint8Array): boolean {
  return isPng(head) || isWebp(head) || isJpeg(head) || isAvif(head)
}

/**
 * The texts that a PNG, WebP, JPEG or AVIF carries, by keyword: a PNG's text chunks, the XMP packet of Patchbay, and
 * the EXIF fields in which ComfyUI puts them. `{}` for any other file; what is damaged, or past `mostText` bytes, is
 * left out.
 */
export async function pictureTexts(bytes: Uint8Array): Promise<PictureTexts> {
  if (isPng(bytes)) return pngTexts(bytes)
  if (!mayCarryTexts(bytes)) return {}
  const metadata = isWebp(bytes) ? webpMetadata : isAvif(bytes) ? avifMetadata : jpegMetadata
  const [exif, xmp] = [metadata(bytes, 'exif'), metadata(bytes, 'xmp')]
  return { ...(exif && exifTexts(exif)), ...(xmp && (await xmpTexts(xmp))) }
}
