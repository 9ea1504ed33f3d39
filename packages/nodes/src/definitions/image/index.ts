import { addImageNoise } from './add-image-noise.ts'
import { adjustColorNode } from './adjust-color.ts'
import { batchImagesNode } from './batch-images.ts'
import { blendImagesNode } from './blend-images.ts'
import { blurImage } from './blur-image.ts'
import { clipVisionEncode } from './clip-vision-encode.ts'
import { compareImages } from './compare-images.ts'
import { compositeImage } from './composite-image.ts'
import { cropImageNode } from './crop-image.ts'
import { decodeImageNode } from './decode-image.ts'
import { emptyImage } from './empty-image.ts'
import { featureSimilarity } from './feature-similarity.ts'
import { findEdgesNode } from './find-edges.ts'
import { flipImageNode } from './flip-image.ts'
import { imageSize } from './image-size.ts'
import { invertImage } from './invert-image.ts'
import { joinImagesNode } from './join-images.ts'
import { labelledGridNode } from './labelled-grid.ts'
import { loadImage } from './load-image.ts'
import { padImage } from './pad-image.ts'
import { pickImages } from './pick-images.ts'
import { posterizeImage } from './posterize-image.ts'
import { previewImage } from './preview-image.ts'
import { repeatImages } from './repeat-images.ts'
import { resizeImage } from './resize-image.ts'
import { saveImage } from './save-image.ts'
import { scaleImageNode } from './scale-image.ts'
import { scaleToPixelsNode } from './scale-to-pixels.ts'
import { sharpenImage } from './sharpen-image.ts'
import { splitImages } from './split-images.ts'
import { turnImageNode } from './turn-image.ts'
import { upscaleImage } from './upscale-image.ts'

export const imageNodes = [
  addImageNoise,
  adjustColorNode,
  batchImagesNode,
  blendImagesNode,
  blurImage,
  clipVisionEncode,
  compareImages,
  compositeImage,
  cropImageNode,
  decodeImageNode,
  emptyImage,
  featureSimilarity,
  findEdgesNode,
  flipImageNode,
  imageSize,
  invertImage,
  joinImagesNode,
  labelledGridNode,
  loadImage,
  padImage,
  pickImages,
  posterizeImage,
  previewImage,
  repeatImages,
  resizeImage,
  saveImage,
  scaleImageNode,
  scaleToPixelsNode,
  sharpenImage,
  splitImages,
  turnImageNode,
  upscaleImage,
]
