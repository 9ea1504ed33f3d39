// Draws captioned faces once, as the node FacePictures does: a folder of `pictures.rgba` and `pictures.json`.
// node --conditions=patchbay-source --import tsx tools/training/draw_captioned_faces.ts <folder> <size> <count> <seed>
import { loadFacePictures } from '../../packages/nodes/src/dataset/face-pictures.ts'

const [cacheFolder, ...numbers] = process.argv.slice(2)
const [size, count, seed] = numbers.map(Number)
if (!cacheFolder || !size || !count || seed === undefined)
  throw new Error('Usage: draw_captioned_faces.ts <folder> <size> <count> <seed>')
console.log((await loadFacePictures({ cacheFolder, size, count, seed })).folder)
