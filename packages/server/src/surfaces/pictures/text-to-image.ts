import {
  type JsonValue,
  type NodeInstance,
  type NodeLink,
  type Workflow,
  given,
  workflowVersion,
} from '@patchbay/engine/workflow'

/** What the one-request interfaces of other programs ask for. What is not given is the node's default. */
export interface PictureRequest {
  readonly checkpoint?: string
  readonly prompt: string
  readonly negative?: string
  readonly width: number
  readonly height: number
  readonly count: number
  readonly seed: JsonValue
  readonly steps?: number
  readonly guidanceScale?: number
  readonly sampler?: string
  readonly scheduler?: string
  /** A picture of the input folder to begin from, and how much of it is made anew. */
  readonly from?: InitialPicture
  /** `webp` or `jpeg`; PNG where it is left out. */
  readonly format?: string
  /** 1 to 100, for JPEG and WebP. */
  readonly quality?: number
}

export interface InitialPicture {
  readonly file: string
  readonly denoiseStrength: number
  /** A picture of the input folder that is transparent where the other is made anew; the rest of it stays as it is. */
  readonly mask?: string
}

/** The workflow of one request: a checkpoint, two prompts, a run, a picture. */
export function pictureWorkflow(request: PictureRequest): Workflow {
  const { checkpoint, prompt, negative = '', width, height, count, seed, from, format, quality } = request
  const settings = {
    steps: request.steps,
    guidanceScale: request.guidanceScale,
    sampler: request.sampler,
    scheduler: request.scheduler,
  }
  const said = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  const start: { readonly [id: string]: NodeInstance } = from
    ? {
        picture: node('LoadImage', { file: from.file }),
        encoded: node('VAEEncode', {}, { vae: out('checkpoint', 'vae'), image: out('picture', 'image') }),
        latents: node('RepeatLatents', { times: count }, { latents: out('encoded', 'latents') }),
        ...(from.mask === undefined
          ? {}
          : {
              mask: node('LoadImage', { file: from.mask }),
              masked: node('SetNoiseMask', {}, { latents: out('latents', 'latents'), mask: out('mask', 'mask') }),
              laid: node(
                'CompositeImage',
                {},
                {
                  destination: out('picture', 'image'),
                  source: out('decode', 'image'),
                  mask: out('mask', 'mask'),
                },
              ),
            }),
      }
    : { latents: node('EmptyLatents', { width, height, batch: count }) }
  const isMasked = from?.mask !== undefined
  return {
    format: 'patchbay-workflow',
    version: workflowVersion,
    name: prompt.slice(0, 80) || 'picture',
    nodes: {
      checkpoint: node('LoadCheckpoint', checkpoint === undefined ? {} : { checkpoint }),
      positive: node('TextEncode', { text: prompt }, { textEncoder: out('checkpoint', 'textEncoder') }),
      negative: node('TextEncode', { text: negative }, { textEncoder: out('checkpoint', 'textEncoder') }),
      ...start,
      sample: node(
        'Sample',
        { ...Object.fromEntries(said), seed, ...(from ? { denoiseStrength: from.denoiseStrength } : {}) },
        {
          model: out('checkpoint', 'model'),
          positive: out('positive', 'conditioning'),
          negative: out('negative', 'conditioning'),
          latents: out(isMasked ? 'masked' : 'latents', 'latents'),
        },
      ),
      decode: node('VAEDecode', {}, { vae: out('checkpoint', 'vae'), latents: out('sample', 'latents') }),
      save: node('SaveImage', given({ format, quality }), {
        image: out(isMasked ? 'laid' : 'decode', 'image'),
      }),
    },
  }
}

const node = (type: string, values: NodeInstance['values'], links: NodeInstance['links'] = {}): NodeInstance => ({
  type,
  version: 1,
  values,
  links,
})
const out = (id: string, output: string): NodeLink => ({ node: id, output })

/** A seed below 2^32, for a request that leaves it open. */
export const anySeed = (): number => Math.floor(Math.random() * 2 ** 32)
