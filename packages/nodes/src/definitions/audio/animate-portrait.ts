import { choice, float, int, link } from '@patchbay/engine'
import { peakOf } from '../../audio/audio.ts'
import { defineNode } from '../../host/define-node.ts'
import { pictureOf, sizeOfImage, type ImageTensor } from '../../image/image.ts'
import type { FaceBox } from '../../image/paste-face.ts'
import { animatePortrait as animate, boxOfFace } from '../../networks/talking-head/animate-portrait.ts'
import { findFace } from '../../networks/talking-head/face-finder.ts'
import type { Sessions } from '../../networks/sessions.ts'
import { Audio, Image, TalkingHead, Video } from '../../values/socket-types.ts'

const boxes = ['auto', 'by hand'] as const

/** A portrait that says what is heard (Prajwal et al. 2020). */
export const animatePortrait = defineNode({
  type: 'AnimatePortrait',
  version: 1,
  category: 'audio',
  description:
    'Makes the face of a picture say what is heard. The lower part of the face is drawn anew for each frame; all the rest of the picture stays.',
  aliases: ['talking head', 'lip sync', 'wav2lip', 'talking portrait', 'speak'],
  inputs: {
    talkingHead: link(TalkingHead),
    image: link(Image),
    audio: link(Audio),
    fps: float({ default: 25, min: 1, max: 60, unit: 'frames a second', description: 'Networks know 25 best.' }),
    box: choice(boxes, 'auto', {
      description:
        'auto finds the face of a photograph; by hand takes the square below. Drawn faces are often not found.',
    }),
    x: int({ default: 0, min: -8192, max: 8192, unit: 'pixels', description: 'Left edge of the square by hand.' }),
    y: int({ default: 0, min: -8192, max: 8192, unit: 'pixels', description: 'Upper edge of the square by hand.' }),
    side: int({
      default: 256,
      min: 16,
      max: 8192,
      unit: 'pixels',
      description: 'Of the square by hand, which has the mouth at about three quarters of its height.',
    }),
    feather: float({
      default: 0.08,
      min: 0,
      max: 0.5,
      step: 0.01,
      advanced: true,
      description: 'How wide the edge is in which what is drawn fades into the picture, as a share of the square.',
    }),
  },
  outputs: { video: Video },
  lane: 'gpu',
  async run(inputs, { services, signal, progress, warn, show }) {
    const { talkingHead, image, audio, fps, box: how, x, y, side, feather } = inputs
    if (sizeOfImage(image).batch > 1) warn('Of several pictures only the first one speaks.')
    if (peakOf(audio) === 0) warn('The sound is silent: the mouth stays shut.')
    const portrait = pictureOf(image, 0)
    const box = how === 'auto' ? await boxFor(services.sessions, portrait) : boxWithin(portrait, { x, y, side })
    show({ box: `${box.side} × ${box.side} at ${box.x}, ${box.y}` })
    const options = { fps, feather, signal, onFrames: progress }
    const frames = await animate(services.sessions, talkingHead, portrait, audio, box, options)
    return { video: { frames, fps, audio } }
  },
})

async function boxFor(sessions: Sessions, portrait: ImageTensor): Promise<FaceBox> {
  const face = await findFace(sessions, portrait)
  if (face) return boxOfFace(face)
  throw new Error(
    'No face is found in the picture. Set "box" to "by hand", and "x", "y" and "side" to a square round the face.',
  )
}

function boxWithin(portrait: ImageTensor, box: FaceBox): FaceBox {
  const { width, height } = sizeOfImage(portrait)
  const { x, y, side } = box
  if (x + side > 0 && y + side > 0 && x < width && y < height) return box
  throw new RangeError(
    `The square of ${side} pixels at ${x}, ${y} lies outside of the picture, which has ${width} × ${height} pixels.`,
  )
}
