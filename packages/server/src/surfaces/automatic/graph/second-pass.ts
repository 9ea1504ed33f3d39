import type { NodeLink } from '@patchbay/engine/workflow'
import { type Drawing, type Guided, guided, runValues, sigmasAfter } from './drawing.ts'
import type { PicturePlan, SecondPass } from './plan.ts'

/** The latents of the first pass made larger and sampled again, with the model and prompts that did it. */
export function enlargedLatents(
  drawing: Drawing,
  plan: PicturePlan,
  second: SecondPass,
  first: Guided,
  latents: NodeLink,
): { readonly parts: Guided; readonly latents: NodeLink } {
  const isSame = second.models === plan.models && second.prompt === plan.prompt
  const parts = isSame ? first : guided(drawing, second.models, second.prompt, second.schedule.steps, 'Second')
  const start =
    second.by.way === 'latents'
      ? largerLatents(drawing, second, second.by.method, latents)
      : largerPicture(drawing, second, second.by, { first, parts, latents })
  const { vae: _vae, ...links } = parts
  const sigmas = sigmasAfter(drawing, 'second', parts.model, second.sampling, second.schedule)
  const values = { ...runValues(plan), sampler: second.sampling.sampler }
  const sampled = drawing.add('second', 'Sample', values, { ...links, latents: start, sigmas })
  return { parts, latents: sampled('latents') }
}

function largerLatents(drawing: Drawing, second: SecondPass, method: string, latents: NodeLink): NodeLink {
  const { enlarged, width, height } = second
  const larger = drawing.add('enlarge', 'ResizeLatents', { ...enlarged, method }, { latents })('latents')
  if (enlarged.width === width && enlarged.height === height) return larger
  const middle = (whole: number, part: number): number => Math.floor((whole - part) / 16) * 8
  const cut = { x: middle(enlarged.width, width), y: middle(enlarged.height, height), width, height }
  return drawing.add('cut', 'CropLatents', cut, { latents: larger })('latents')
}

function largerPicture(
  drawing: Drawing,
  { width, height }: SecondPass,
  { method, upscaler }: Extract<SecondPass['by'], { way: 'picture' }>,
  { first, parts, latents }: { readonly first: Guided; readonly parts: Guided; readonly latents: NodeLink },
): NodeLink {
  let image = drawing.add('firstDecode', 'VAEDecode', {}, { vae: first.vae, latents })('image')
  if (upscaler !== undefined) {
    const network = drawing.add('upscaler', 'LoadUpscaler', { upscaler })('upscaler')
    image = drawing.add('upscale', 'UpscaleImage', {}, { upscaler: network, image })('image')
  }
  image = drawing.add('enlarge', 'ResizeImage', { width, height, fit: 'cover', method }, { image })('image')
  return drawing.add('encodeSecond', 'VAEEncode', {}, { vae: parts.vae, image })('latents')
}
