import { numberAt } from '@patchbay/onnx/tensor'
import { melSpectrogram, wav2lipMel } from '../audio/mel-spectrogram.ts'
import { durationOf } from '../audio/audio.ts'
import { rasterizeSvg, type PremultipliedPicture } from '../image/rasterize-svg.ts'
import type { Speech } from '../speech/speaker.ts'
import { mouthSvg, type Mouth } from './drawn-mouth.ts'
import { faceSvg, skinColorOf, viewBoxOf, type DrawnFace, type FaceWindow } from './face-drawing.ts'
import { mouthTrack } from './mouth-track.ts'

/** A face that says a sentence, and what was heard of it. */
export interface TalkingClip {
  /** Frame after frame: red, green and blue of `size` × `size` pixels. */
  readonly frames: Uint8Array
  /** The same face at rest, and with the mouth that its style gave it. */
  readonly stills: readonly [rest: Uint8Array, styled: Uint8Array]
  /** Of each frame. */
  readonly mouths: readonly Mouth[]
  /** [80, columns], as Wav2Lip hears: 80 columns a second. */
  readonly mel: Float32Array
}

export interface TalkingClipOptions {
  readonly size: number
  readonly fps: number
  readonly window: FaceWindow
  /** Of the mouth at rest, -1 to 1. */
  readonly curve: number
  /** Red, green and blue behind the head, 0 to 255. */
  readonly background: readonly [number, number, number]
}

/** A window round the face by lot: near the close view, a little to every side, nearer or farther. */
export function windowByLot(draw: () => number): FaceWindow {
  const side = 400 + 100 * draw()
  return { side, x: 550 - side / 2 + 40 * (draw() - 0.5), y: 490 - side / 2 + 40 * (draw() - 0.5) }
}

/** Draws the face once and a mouth over it for each frame, which stands for the sound round its middle. */
export async function drawTalkingClip(
  face: DrawnFace,
  { audio, phones }: Speech,
  { size, fps, window, curve, background }: TalkingClipOptions,
): Promise<TalkingClip> {
  const count = Math.floor(durationOf(audio) * fps)
  const mouths = mouthTrack(phones, count, fps, curve)
  const base = flattened(await rasterizeSvg(faceSvg({ ...face, mouth: 'none' }, window), size), background)
  const withMouth = async (mouth: Mouth): Promise<Uint8Array> =>
    over(base, await mouthPicture(mouth, face, window, size))
  const frames = new Uint8Array(count * base.length)
  for (const [i, mouth] of mouths.entries()) frames.set(await withMouth(mouth), i * base.length)
  const rest = await withMouth({ curve, openness: 0, width: 0.5, roundness: 0 })
  const styled = flattened(await rasterizeSvg(faceSvg(face, window), size), background)
  return { frames, stills: [rest, styled], mouths, mel: melSpectrogram(audio, wav2lipMel).data }
}

function mouthPicture(mouth: Mouth, face: DrawnFace, window: FaceWindow, size: number): Promise<PremultipliedPicture> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${viewBoxOf(window)}" width="${size}" height="${size}">${mouthSvg(mouth, skinColorOf(face))}</svg>`
  return rasterizeSvg(svg, size)
}

/** The picture over one colour. */
function flattened(picture: PremultipliedPicture, background: readonly number[]): Uint8Array {
  const plain = new Uint8Array((picture.pixels.length / 4) * 3)
  for (let i = 0; i < plain.length; i++) plain[i] = numberAt(background, i % 3)
  return over(plain, picture)
}

/** The picture over another, of red, green and blue. */
function over(base: Uint8Array, { pixels }: PremultipliedPicture): Uint8Array {
  return base.map((value, i) => {
    const pixel = Math.floor(i / 3) * 4
    return Math.round(numberAt(pixels, pixel + (i % 3)) + (value * (255 - numberAt(pixels, pixel + 3))) / 255)
  })
}
