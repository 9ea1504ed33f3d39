export { parametersKeyword, readParameters, writeParameters, type Parameters } from './parameters.ts'
export { mayCarryTexts, pictureTexts } from './picture-texts.ts'
export { withPngTexts } from './png.ts'
export { mostText, workflowKeyword, type PictureTexts } from './texts.ts'
