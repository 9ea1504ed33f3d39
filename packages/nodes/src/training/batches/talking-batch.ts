import type { Feeds } from '@patchbay/onnx'
import { float32, numberAt } from '@patchbay/onnx/tensor'
import { soundWindow, type Wav2LipConfig } from '../../architectures/wav2lip/wav2lip.ts'
import type { MadeClip } from '../../dataset/talking-clips.ts'
import type { TalkingFaces } from '../../dataset/talking-faces.ts'
import { faceInput, soundInput } from '../../networks/talking-head/talking-head.ts'
import { philoxUniform, type Seed } from '../../random/index.ts'

/** The clips that a network may be trained on: neither face nor sentence nor voice is held out. */
export const trainingClips = ({ clips }: TalkingFaces): readonly MadeClip[] =>
  clips.filter(({ heldOut }) => heldOut.length === 0)

/** The stream of the seed that frames are drawn from. */
const stream = 19

/**
 * Frames of one step, what is heard of them, and the same face at rest, with another mouth or with one of the style.
 * A pure function of seed and step.
 */
export function talkingBatch(
  faces: TalkingFaces,
  config: Wav2LipConfig,
  { seed, step, batch }: { readonly seed: Seed; readonly step: number; readonly batch: number },
): Feeds {
  const clips = trainingClips(faces)
  const { size } = config
  const [plane, length] = [size * size, size * size * 3]
  const lots = philoxUniform(seed, [batch * 4], [step, stream]).data
  const target = new Float32Array(batch * length)
  const face = new Float32Array(batch * 2 * length)
  const sound = new Float32Array(batch * soundWindow.bands * soundWindow.columns)
  for (let k = 0; k < batch; k++) {
    const lot = (i: number): number => numberAt(lots, k * 4 + i)
    const made = clips[Math.floor(lot(0) * clips.length)]
    if (!made) throw new RangeError('All clips are held out: draw more of them.')
    const { frames, stills, mouths, mel } = made.clip
    const pictureAt = (frame: number): Uint8Array => frames.subarray(frame * length, (frame + 1) * length)
    const frame = Math.floor(lot(1) * mouths.length)
    const other = pictureAt(Math.floor(lot(2) * mouths.length))
    const reference = lot(3) < 0.4 ? other : lot(3) < 0.7 ? stills[0] : stills[1]
    const seen = float32(
      [1, size, size, 3],
      Float32Array.from(reference, (value) => value / 255),
    )
    face.set(faceInput(seen, size), k * 2 * length)
    for (const [i, value] of pictureAt(frame).entries())
      target[k * length + (2 - (i % 3)) * plane + Math.floor(i / 3)] = value / 255
    const heard = float32([soundWindow.bands, mel.length / soundWindow.bands], mel)
    sound.set(soundInput(heard, [frame], faces.fps, config.lead).data, k * soundWindow.bands * soundWindow.columns)
  }
  return {
    target: float32([batch, 3, size, size], target),
    face: float32([batch, 6, size, size], face),
    sound: float32([batch, 1, soundWindow.bands, soundWindow.columns], sound),
  }
}
