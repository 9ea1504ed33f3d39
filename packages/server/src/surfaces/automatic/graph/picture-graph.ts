import { type NodeLink, type Workflow, workflowVersion } from '@patchbay/engine/workflow'
import { Drawing, type Guided, guided, pictures, runValues, sigmasAfter } from './drawing.ts'
import type { PicturePlan } from './plan.ts'
import { enlargedLatents } from './second-pass.ts'
import { startLatents } from './start.ts'

/** The workflow of a plan: what the request would have been as a graph. */
export function pictureGraph(plan: PicturePlan): Workflow {
  const drawing = new Drawing()
  const parts = guided(drawing, plan.models, plan.prompt, plan.steps)
  const latents = startLatents(drawing, plan, parts)
  const sampled = plan.refiner ? refined(drawing, plan, parts, latents) : sampledOnce(drawing, plan, parts, latents)
  const last = plan.second ? enlargedLatents(drawing, plan, plan.second, parts, sampled) : { parts, latents: sampled }
  const decoded = drawing.add('decode', 'VAEDecode', {}, { vae: last.parts.vae, latents: last.latents })('image')
  save(drawing, plan, pasted(drawing, plan, decoded))
  return { format: 'patchbay-workflow', version: workflowVersion, name: plan.name, nodes: drawing.nodes }
}

function sampledOnce(drawing: Drawing, plan: PicturePlan, parts: Guided, latents: NodeLink): NodeLink {
  const { vae: _vae, ...links } = parts
  const { sampler, scheduler } = plan.sampling
  const values = { ...runValues(plan), sampler }
  if (plan.start.from === 'nothing') {
    return drawing.add(
      'sample',
      'Sample',
      { ...values, scheduler, steps: plan.steps },
      { ...links, latents },
    )('latents')
  }
  const sigmas = sigmasAfter(drawing, 'sample', parts.model, plan.sampling, plan.start.schedule)
  return drawing.add('sample', 'Sample', values, { ...links, latents, sigmas })('latents')
}

/** Two models in one run: the second takes over after a step. */
function refined(drawing: Drawing, plan: PicturePlan, parts: Guided, latents: NodeLink): NodeLink {
  const { checkpoint, afterStep } = plan.refiner ?? { checkpoint: '', afterStep: 0 }
  const { sampler, scheduler } = plan.sampling
  const { vae: _vae, ...links } = parts
  const whole = drawing.add('sigmas', 'Sigmas', { sampler, scheduler, steps: plan.steps }, { model: parts.model })
  const split = drawing.add('switch', 'SplitSigmas', { step: afterStep }, { sigmas: whole('sigmas') })
  const values = { ...runValues(plan), sampler }
  const noisy = drawing.add('sample', 'Sample', values, { ...links, latents, sigmas: split('high') })('latents')
  const prompt = { ...plan.prompt, loras: [] }
  const { vae: _ownVae, ...refiner } = guided(drawing, { ...plan.models, checkpoint }, prompt, plan.steps, 'Refiner')
  const rest = { ...refiner, latents: noisy, sigmas: split('low') }
  return drawing.add('refine', 'Sample', { ...values, addNoise: false }, rest)('latents')
}

/** The part that was made anew, laid onto the picture that it was cut out of. */
function pasted(drawing: Drawing, { start }: PicturePlan, decoded: NodeLink): NodeLink {
  const masked = start.from === 'pictures' ? start.masked : undefined
  if (!masked) return decoded
  const { files, mask, x, y, width, height } = masked.paste
  const destination = pictures(drawing, 'original', files)
  const source = drawing.add('resize', 'ResizeImage', { width, height, fit: 'stretch' }, { image: decoded })('image')
  const cover = drawing.add('pasteMask', 'LoadImage', { file: mask })('mask')
  return drawing.add('paste', 'CompositeImage', { x, y }, { destination, source, mask: cover })('image')
}

/** The nodes that keep the pictures of a plan, in their order. */
export const savingNodes = ({ saving, count }: Pick<PicturePlan, 'saving' | 'count'>): readonly string[] =>
  saving.parameters.length > 1 && count > 1 ? saving.parameters.map((_, index) => `save${index + 1}`) : ['save']

function save(drawing: Drawing, plan: PicturePlan, image: NodeLink): void {
  const { parameters, format, temporary } = plan.saving
  const ids = savingNodes(plan)
  for (const [index, id] of ids.entries()) {
    const one =
      ids.length === 1 ? image : drawing.add(`pick${index + 1}`, 'PickImages', { first: index }, { image })('image')
    drawing.add(id, 'SaveImage', { parameters: parameters[index], format, temporary }, { image: one })
  }
}
