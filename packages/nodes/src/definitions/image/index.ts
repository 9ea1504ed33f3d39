import { loadImage } from './load-image.ts'
import { previewImage } from './preview-image.ts'
import { resizeImage } from './resize-image.ts'
import { saveImage } from './save-image.ts'

export const imageNodes = [loadImage, saveImage, previewImage, resizeImage]
