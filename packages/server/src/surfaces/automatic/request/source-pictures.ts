import { Failure } from '../../../failure.ts'
import type { Folders } from '../../../storage/folders.ts'
import {
  type Fitting,
  type PaintedMask,
  type Region,
  changedMask,
  croppedMask,
  croppedPicture,
  filledPicture,
  fittedMask,
  fittedPicture,
  maskPicture,
  opaquePicture,
  paintedMask,
  regionOfMask,
  softenedMask,
} from '../../../storage/inpaint-picture.ts'
import type { MaskedStart, PictureStart } from '../graph/plan.ts'
import type { AutomaticRequest } from './request.ts'

export interface SourceSettings {
  readonly folders: Pick<Folders, 'keep'>
  readonly pixelLimit: number
}
/** What a start is made of beside the run: `schedule` is the request's. */
export type Sources = Omit<PictureStart, 'schedule'>

interface Size {
  readonly width: number
  readonly height: number
}
type Picture = Size & { readonly png: Buffer }

export const bytesOf = (encoded: string): Buffer => Buffer.from(encoded.replace(/^data:[^,]*,/, ''), 'base64')
const fittings: readonly Fitting[] = ['stretch', 'cut', 'extend', 'stretch']
const latentMode = 3
/** Networks work on squares of eight pixels. */
export const wholeSize = ({ width, height }: Size): Size => ({
  width: Math.max(8, Math.floor(width / 8) * 8),
  height: Math.max(8, Math.floor(height / 8) * 8),
})

/**
 * The pictures that a request begins from, put into the input folder at the size of the request, with what its mask
 * says.
 * @throws {Failure} where there is no picture, there are more than a batch holds, or one cannot be read.
 */
export async function sourcePictures(request: AutomaticRequest, settings: SourceSettings): Promise<Sources> {
  const { init_images: encoded = [], batch_size: batch, resize_mode: mode, mask } = request
  if (encoded.length === 0) {
    throw new Failure('invalid-request', 'init_images holds no picture.', {
      hint: 'Send the picture to begin from as base64, with or without "data:image/png;base64," before it.',
    })
  }
  if (encoded.length > 1 && encoded.length > batch) {
    throw new Failure('invalid-request', `init_images holds ${encoded.length} pictures for a batch of ${batch}.`, {
      hint: 'Send one picture for the whole batch, or set batch_size to their number.',
    })
  }
  const given: Picture[] = []
  for (const one of encoded) given.push(await opaquePicture(bytesOf(one), settings.pixelLimit))
  if (mask !== undefined && mask !== '') return maskedSources(request, mask, given, settings)
  const size = wholeSize(request)
  if (mode === latentMode) {
    const own = await each(given, (one) => fittedPicture(one.png, wholeSize(one), 'stretch'))
    return { from: 'pictures', files: await kept(settings, 'init', own), latentSize: size }
  }
  const fitted = await each(given, (one) => fittedPicture(one.png, size, fittings[mode] ?? 'stretch'))
  return { from: 'pictures', files: await kept(settings, 'init', fitted) }
}

async function maskedSources(
  request: AutomaticRequest,
  encoded: string,
  given: readonly Picture[],
  settings: SourceSettings,
): Promise<Sources> {
  const { inpaint_full_res: isPart, inpainting_fill: fill, resize_mode: mode, mask_round: hard } = request
  const size = wholeSize(request)
  const [first] = given
  if (!first) throw new TypeError('There is a picture')
  const {
    mask_blur: blur,
    mask_blur_x: across = blur,
    mask_blur_y: down = blur,
    inpainting_mask_invert: inverted,
  } = request
  const painted = await paintedMask(bytesOf(encoded), first, { inverted, hard }, settings.pixelLimit)
  const soft = await softenedMask(painted, across, down)
  const region = isPart ? regionOfMask(soft, request.inpaint_full_res_padding, size) : undefined
  const cut = region
    ? await cutOut(given, soft, region, size)
    : await fittedWhole(given, soft, size, fittings[mode] ?? 'stretch')
  const start = fill === 0 ? await each(cut.start, (png) => filledPicture(png, cut.mask)) : cut.start
  const latent = await fittedMask(cut.mask, { width: size.width / 8, height: size.height / 8 }, 'stretch')
  const held = hard ? changedMask(latent, (value) => (value > 127 ? 255 : 0)) : latent
  const [maskFile = ''] = await kept(settings, 'init-mask', [await maskPicture(held)])
  const [pasteMask = ''] = await kept(settings, 'paste-mask', [await maskPicture(cut.paste)])
  const holds = (['picture', 'picture', 'noise', 'nothing'] as const)[fill] ?? 'picture'
  const place = region ?? { x: 0, y: 0, ...size }
  const masked: MaskedStart = {
    mask: maskFile,
    holds,
    paste: { files: await kept(settings, 'original', cut.base), mask: pasteMask, ...place },
  }
  return { from: 'pictures', files: await kept(settings, 'init', start), masked }
}

interface Cut {
  /** What is encoded, and its mask, both at the size of the run. */
  readonly start: readonly Buffer[]
  readonly mask: PaintedMask
  /** What the result is laid onto, and through which mask. */
  readonly base: readonly Buffer[]
  readonly paste: PaintedMask
}

/** The masked part alone, at the size of the run. */
async function cutOut(given: readonly Picture[], soft: PaintedMask, region: Region, size: Size): Promise<Cut> {
  const [first] = given
  const same = await each(given, ({ png, width, height }) =>
    width === first?.width && height === first.height ? Promise.resolve(png) : fittedPicture(png, soft, 'stretch'),
  )
  const part = await croppedMask(soft, region)
  return {
    start: await each(same, async (png) => fittedPicture(await croppedPicture(png, region), size, 'stretch')),
    mask: await fittedMask(part, size, 'stretch'),
    base: same,
    paste: part,
  }
}

async function fittedWhole(given: readonly Picture[], soft: PaintedMask, size: Size, fitting: Fitting): Promise<Cut> {
  const base = await each(given, ({ png }) => fittedPicture(png, size, fitting))
  const mask = await fittedMask(soft, size, fitting)
  // What was softened is laid over wholly from half way on, so that no seam of the old picture shows.
  return { start: base, mask, base, paste: changedMask(mask, (value) => Math.min(255, 2 * value)) }
}

async function each<In, Out>(all: readonly In[], make: (one: In) => Promise<Out>): Promise<Out[]> {
  const made: Out[] = []
  for (const one of all) made.push(await make(one))
  return made
}

async function kept({ folders }: SourceSettings, name: string, pngs: readonly Buffer[]): Promise<string[]> {
  return each(pngs, async (png) => (await folders.keep('input', `${name}.png`, png)).name)
}
