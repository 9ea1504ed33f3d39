import { augmentPictures } from './augment-pictures.ts'
import { clipArtPictures } from './clip-art-pictures.ts'
import { datasetImages } from './dataset-images.ts'
import { emojiPictures } from './emoji-pictures.ts'
import { facePictures } from './face-pictures.ts'
import { flagPictures } from './flag-pictures.ts'
import { loadPictureFolder } from './load-picture-folder.ts'
import { pickPictures } from './pick-pictures.ts'
import { previewDataset } from './preview-dataset.ts'
import { splitPictures } from './split-pictures.ts'

export const dataNodes = [
  emojiPictures,
  flagPictures,
  clipArtPictures,
  facePictures,
  loadPictureFolder,
  augmentPictures,
  splitPictures,
  pickPictures,
  datasetImages,
  previewDataset,
]
