import type { JsonValue, NodeInstance, NodeLink } from '@patchbay/engine/workflow'
import type { Sampling } from '../request/samplers.ts'
import type { ModelChoice, PicturePlan, PictureStart, PlannedPrompt } from './plan.ts'

type Values = { readonly [input: string]: JsonValue | undefined }
type Links = NodeInstance['links']
/** A link to an output of the node. */
export type Outputs = (output: string) => NodeLink

/** A document that grows node by node. */
export class Drawing {
  readonly nodes: Record<string, NodeInstance> = {}

  /** Adds a node; values that are undefined are left to its defaults. */
  add(id: string, type: string, values: Values, links: Links = {}): Outputs {
    const said = Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    )
    this.nodes[id] = { type, version: 1, values: Object.fromEntries(said), links }
    return (output) => ({ node: id, output })
  }
}

/** A model with its two prompts. */
export interface Guided {
  readonly model: NodeLink
  readonly vae: NodeLink
  readonly positive: NodeLink
  readonly negative: NodeLink
}

/** A checkpoint, changed as is asked, and the prompts that it reads; `mark` tells the nodes of two apart. */
export function guided(drawing: Drawing, choice: ModelChoice, prompt: PlannedPrompt, steps: number, mark = ''): Guided {
  const checkpoint = drawing.add(`checkpoint${mark}`, 'LoadCheckpoint', { checkpoint: choice.checkpoint })
  let [model, textEncoder] = [checkpoint('model'), checkpoint('textEncoder')]
  for (const [index, lora] of prompt.loras.entries()) {
    const applied = drawing.add(`lora${index + 1}${mark}`, 'LoadLora', { ...lora }, { model, textEncoder })
    ;[model, textEncoder] = [applied('model'), applied('textEncoder')]
  }
  if (choice.clipSkip !== undefined) {
    const skipped = drawing.add(`clipSkip${mark}`, 'ClipSkip', { layerFromEnd: choice.clipSkip }, { textEncoder })
    textEncoder = skipped('textEncoder')
  }
  const encoded = (id: string, text: string): NodeLink =>
    drawing.add(`${id}${mark}`, 'TextEncode', { text, scheduleSteps: steps }, { textEncoder })('conditioning')
  return {
    model,
    vae:
      choice.vae === undefined ? checkpoint('vae') : drawing.add(`vae${mark}`, 'LoadVAE', { vae: choice.vae })('vae'),
    positive: encoded('positive', prompt.text),
    negative: encoded('negative', prompt.negative),
  }
}

/** What every run of a plan has in common. */
export const runValues = ({ seed, variation, guidanceScale, eta }: PicturePlan) => ({
  seed,
  guidanceScale,
  eta,
  variationSeed: variation?.seed,
  variationStrength: variation?.strength,
})

/** The noise levels of a schedule without its first steps. */
export function sigmasAfter(
  drawing: Drawing,
  id: string,
  model: NodeLink,
  { sampler, scheduler }: Sampling,
  { steps, skipped }: PictureStart['schedule'],
): NodeLink {
  const whole = drawing.add(`${id}Sigmas`, 'Sigmas', { sampler, scheduler, steps }, { model })('sigmas')
  return drawing.add(`${id}Split`, 'SplitSigmas', { step: skipped }, { sigmas: whole })('low')
}

/** Files of the input folder as one batch. */
export function pictures(drawing: Drawing, id: string, files: readonly string[]): NodeLink {
  const loaded = files.map((file, index) =>
    drawing.add(files.length === 1 ? id : `${id}${index + 1}`, 'LoadImage', { file })('image'),
  )
  const [only] = loaded
  return only && loaded.length === 1 ? only : drawing.add(id, 'BatchImages', {}, { images: loaded })('image')
}
