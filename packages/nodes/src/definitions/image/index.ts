import { loadImage } from './load-image.ts'
import { previewImage } from './preview-image.ts'
import { resizeImage } from './resize-image.ts'
import { saveImage } from './save-image.ts'
import { upscaleImage } from './upscale-image.ts'

export const imageNodes = [loadImage, saveImage, previewImage, resizeImage, upscaleImage]
