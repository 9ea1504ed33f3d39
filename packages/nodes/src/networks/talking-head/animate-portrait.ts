import { freeMemory } from '@patchbay/onnx'
import { checkAudio, durationOf, wordsOfDuration, type Audio } from '../../audio/audio.ts'
import { melSpectrogram, wav2lipMel } from '../../audio/mel-spectrogram.ts'
import { cropImage, padImage } from '../../image/geometry.ts'
import { sizeOfImage, withoutAlpha, type ImageTensor } from '../../image/image.ts'
import { pasteFaces, type FaceBox } from '../../image/paste-face.ts'
import { resizeImage } from '../../image/resample.ts'
import type { FoundFace } from './face-finder.ts'
import type { Sessions } from '../sessions.ts'
import { speakingFaces, type SpeakingOptions, type TalkingHeadModel } from './talking-head.ts'

/**
 * The box in which heads of this kind were trained to see a face: a square with the mouth at three quarters of its
 * height and the eyes above the middle.
 */
export function boxOfFace({ eyes: [a, b], mouth }: FoundFace): FaceBox {
  const eyes = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
  const side = Math.max(16, Math.round(2.7 * Math.hypot(mouth.x - eyes.x, mouth.y - eyes.y)))
  return { side, x: Math.round((eyes.x + mouth.x) / 2 - side / 2), y: Math.round(mouth.y - 0.77 * side) }
}

export interface AnimateOptions extends Pick<SpeakingOptions, 'fps' | 'signal' | 'onFrames'> {
  /** How wide the edge of what is drawn anew is, 0 to 0.5 of the side of the box. */
  readonly feather: number
}

/**
 * The portrait once for each frame of the sound, its mouth as it says what is heard.
 *
 * @param portrait [1, height, width, 3 or 4]
 * @throws RangeError for a sound that is empty, or of so many frames that the memory that is free does not hold them
 */
export async function animatePortrait(
  sessions: Sessions,
  model: TalkingHeadModel,
  portrait: ImageTensor,
  audio: Audio,
  box: FaceBox,
  { feather, ...options }: AnimateOptions,
): Promise<ImageTensor> {
  checkAudio(audio)
  const picture = withoutAlpha(portrait)
  const frames = Math.max(1, Math.round(durationOf(audio) * options.fps))
  checkRoom(frames, picture, audio)
  const { size } = model.config
  const face = resizeImage(cutFace(picture, box), { width: size, height: size }, 'area')
  const mel = melSpectrogram(audio, wav2lipMel)
  const faces = await speakingFaces(sessions, model, face, mel, { ...options, frames })
  return pasteFaces(picture, faces, box, feather)
}

function checkRoom(frames: number, picture: ImageTensor, audio: Audio): void {
  const { width, height } = sizeOfImage(picture)
  const bytes = frames * picture.data.byteLength
  const room = freeMemory() / 2
  if (bytes <= room) return
  const fitting = wordsOfDuration((durationOf(audio) * room) / bytes)
  throw new RangeError(
    `A sound of ${wordsOfDuration(durationOf(audio))} makes ${frames} frames of ${width} × ${height} pixels, which take ${(bytes / 2 ** 30).toFixed(1)} GiB: cut the sound to ${fitting}, or take a smaller picture or fewer frames a second.`,
  )
}

/** The box cut out; what of it lies outside of the picture is black. */
function cutFace(picture: ImageTensor, { x, y, side }: FaceBox): ImageTensor {
  const { width, height } = sizeOfImage(picture)
  const [left, top] = [Math.max(0, -x), Math.max(0, -y)]
  const [right, bottom] = [Math.max(0, x + side - width), Math.max(0, y + side - height)]
  const padded = padImage(picture, { left, top, right, bottom }, [0, 0, 0])
  return cropImage(padded, { x: x + left, y: y + top, width: side, height: side })
}
