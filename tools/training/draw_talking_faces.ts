// Draws faces that talk: `frames.rgb` [frames, size, size, 3], `stills.rgb` [clips, 2, size, size, 3] (at rest, and
// with a mouth of the style), `mel.f32` [columns, 80], and `clips.json`, which tells of each clip where its frames and
// columns begin, its voice, its mouths (curve, openness, width, roundness) and why it is held out.
// node --conditions=patchbay-source --import tsx tools/training/draw_talking_faces.ts <folder> <size> <clips> [seed]
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { numberAt } from '../../packages/onnx/src/tensor/index.ts'
import { talkingClips } from '../../packages/nodes/src/dataset/talking-clips.ts'

const [folder, sizeText, countText, seedText = '1'] = process.argv.slice(2)
const [size, count, seed] = [sizeText, countText, seedText].map(Number)
if (!folder || !size || !count || seed === undefined)
  throw new Error('Usage: draw_talking_faces.ts <folder> <size> <clips> [seed]')

await mkdir(folder, { recursive: true })
const files = { frames: 'frames.rgb', stills: 'stills.rgb', mel: 'mel.f32' }
const [frames, stills, mel] = Object.values(files).map((name) => createWriteStream(join(folder, name)))
const clips: object[] = []
let [frame, column] = [0, 0]
for await (const { clip, ...about } of talkingClips({ size, count, seed, fps: 25 })) {
  const columns = clip.mel.length / 80
  const byColumn = Float32Array.from(clip.mel, (_, i) => numberAt(clip.mel, (i % 80) * columns + Math.floor(i / 80)))
  if (frames?.write(clip.frames) === false) await once(frames, 'drain')
  for (const still of clip.stills) stills?.write(still)
  mel?.write(new Uint8Array(byColumn.buffer))
  const mouths = clip.mouths.map(({ curve, openness, width, roundness }) => [curve, openness, width, roundness])
  clips.push({ ...about, frame, frames: mouths.length, column, columns, mouths })
  frame += mouths.length
  column += columns
  if (clips.length % 50 === 0) console.log(`${clips.length} of ${count}`)
}
for (const file of [frames, stills, mel]) {
  file?.end()
  if (file) await finished(file)
}
await writeFile(join(folder, 'clips.json'), JSON.stringify({ size, fps: 25, frames: frame, columns: column, clips }))
