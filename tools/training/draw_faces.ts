// Draws close-up faces with mouths by numbers: `pictures.rgb` [count, size, size, 3] over white, and `faces.json`,
// which tells of each face its mouth, hair, skin (0 is the palest) and what it wears, and whether it is held out.
// node --conditions=patchbay-source --import tsx tools/training/draw_faces.ts <folder> <size> <count> [seed]
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { faceByLot, faceSvg } from '../../packages/nodes/src/dataset/face-drawing.ts'
import { splitOf } from '../../packages/nodes/src/dataset/split.ts'
import { rasterizeSvg } from '../../packages/nodes/src/image/rasterize-svg.ts'
import { uniformSource } from '../../packages/nodes/src/random/uniform-source.ts'

const [folder, sizeText, countText, seedText = '1'] = process.argv.slice(2)
const [size, count, seed] = [sizeText, countText, seedText].map(Number)
if (!folder || !size || !count || seed === undefined)
  throw new Error('Usage: draw_faces.ts <folder> <size> <count> [seed]')

await mkdir(folder, { recursive: true })
const file = createWriteStream(join(folder, 'pictures.rgb'))
const draw = uniformSource(seed)
const faces: object[] = []
for (let i = 0; i < count; i++) {
  const face = faceByLot(draw, 'drawn')
  const { pixels } = await rasterizeSvg(faceSvg(face, 'close'), size)
  const overWhite = new Uint8Array(size * size * 3)
  for (let at = 0; at < size * size; at++)
    for (let c = 0; c < 3; c++) overWhite[at * 3 + c] = (pixels[at * 4 + c] ?? 0) + 255 - (pixels[at * 4 + 3] ?? 0)
  file.write(overWhite)
  const { mouth, hair, skin, wears, parts, mood } = face
  const split = splitOf(`face-${seed}-${i}`, 'lorelei')
  faces.push({ ...(typeof mouth === 'object' && mouth), mood, hair, skin, wears, parts, split })
  if (i % 1000 === 999) console.log(`${i + 1} of ${count}`)
}
file.end()
await finished(file)
await writeFile(join(folder, 'faces.json'), JSON.stringify(faces))
