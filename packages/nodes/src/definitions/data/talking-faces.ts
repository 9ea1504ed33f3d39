import { choice, int } from '@patchbay/engine'
import { float32 } from '@patchbay/onnx/tensor'
import { drawTalkingFaces } from '../../dataset/talking-faces.ts'
import { defineNode } from '../../host/define-node.ts'
import { previewPictures } from '../../image/preview.ts'
import { sheetOf } from '../../image/sheet.ts'
import { TalkingFaces } from '../../values/socket-types.ts'

/** Frames of the sheet that is shown. */
const shownFrames = 24

/** Drawn faces that talk. */
export const talkingFaces = defineNode({
  type: 'TalkingFaces',
  version: 1,
  category: 'data',
  description:
    'Draws faces that say sentences by lot, close up, 25 frames a second: what a talking head is trained on. The mouth of each frame is known by numbers, from the phonemes of the voice.',
  aliases: ['lip sync', 'speech', 'training data', 'wav2lip'],
  inputs: {
    size: choice(['32', '64', '96', '128'], '64', { description: 'Sides of the frames, in pixels.' }),
    count: int({ default: 100, min: 1, max: 2000, description: 'How many clips, each of a face and a sentence.' }),
    seed: int({ default: 1, min: 0, max: 2 ** 31, description: 'Another seed, other faces and sentences.' }),
  },
  outputs: { faces: TalkingFaces },
  async run({ size: side, count, seed }, { signal, progress, preview, show }) {
    const size = Number(side)
    const faces = await drawTalkingFaces({ size, count, seed, fps: 25, signal, onProgress: progress })
    const frames = faces.clips.reduce((sum, { clip }) => sum + clip.mouths.length, 0)
    const first = faces.clips[0]?.clip.frames.subarray(0, shownFrames * size * size * 3) ?? new Uint8Array()
    const pictures = Float32Array.from(first, (value) => value / 255)
    await previewPictures(sheetOf(float32([pictures.length / (size * size * 3), size, size, 3], pictures)), preview, 0)
    show({ clips: count, frames, sentences: faces.clips.slice(0, 8).map(({ sentence }) => sentence) })
    return { faces }
  },
})
