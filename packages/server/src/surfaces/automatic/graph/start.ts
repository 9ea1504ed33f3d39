import type { NodeLink } from '@patchbay/engine/workflow'
import { type Drawing, type Guided, pictures } from './drawing.ts'
import type { MaskedStart, PicturePlan } from './plan.ts'

/** The latents that a run begins with. */
export function startLatents(drawing: Drawing, { start, count, seed }: PicturePlan, { model, vae }: Guided): NodeLink {
  if (start.from === 'nothing') {
    const { width, height } = start
    return drawing.add('latents', 'EmptyLatents', { width, height, batch: count })('latents')
  }
  const image = pictures(drawing, 'picture', start.files)
  let latents = drawing.add('encode', 'VAEEncode', {}, { vae, image })('latents')
  if (start.latentSize) {
    latents = drawing.add(
      'enlarge',
      'ResizeLatents',
      { ...start.latentSize, method: 'bilinear' },
      { latents },
    )('latents')
  }
  const times = Math.ceil(count / start.files.length)
  if (times > 1) latents = drawing.add('repeat', 'RepeatLatents', { times }, { latents })('latents')
  return start.masked ? maskedLatents(drawing, start.masked, { latents, model, seed }) : latents
}

function maskedLatents(
  drawing: Drawing,
  { mask: file, holds }: MaskedStart,
  { latents: whole, model, seed }: { latents: NodeLink; model: NodeLink; seed: PicturePlan['seed'] },
): NodeLink {
  const mask = drawing.add('mask', 'LoadImage', { file })('mask')
  let latents = whole
  if (holds !== 'picture') {
    let source = drawing.add('nothing', 'MultiplyLatents', { factor: 0 }, { latents })('latents')
    if (holds === 'noise') {
      const sigmas = drawing.add('level', 'ManualSigmas', { levels: '1, 0' })('sigmas')
      source = drawing.add('noise', 'NoiseSampler', { seed }, { model, latents: source, sigmas })('latents')
    }
    latents = drawing.add('fill', 'CompositeLatents', {}, { destination: latents, source, mask })('latents')
  }
  return drawing.add('masked', 'SetNoiseMask', {}, { latents, mask })('latents')
}
