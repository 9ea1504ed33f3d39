import { samplerNames } from '@patchbay/nodes/diffusion'
import { type ErrorRequestHandler, Router } from 'express'
import { z } from 'zod'
import { schedulerNames } from '../comfy/adapters/sampling.ts'
import type { Folders } from '../../storage/folders.ts'
import type { JobStore } from '../../store/job-store.ts'
import type { SettingsStore } from '../../store/settings-store.ts'
import type { Logger } from 'pino'
import { type PictureDependencies, makePictures, whileAsked } from '../pictures/make-pictures.ts'
import { Failure, failureOf } from '../../failure.ts'
import { requireOwnerToChange } from '../../http/access.ts'
import { jsonBody, requireJson } from '../../http/body.ts'
import { accessOf } from '../../http/current-access.ts'
import { fitMask, fitPicture } from '../../storage/fit-picture.ts'
import { traceOf } from '../../telemetry/trace-context.ts'
import { type AutomaticRequest, automaticRequest } from './request.ts'
import { type InitialPicture, type PictureRequest, anySeed, pictureWorkflow } from '../pictures/text-to-image.ts'

/** AUTOMATIC1111's names of samplers, where they are not ours with other letters. */
const samplersByName: { readonly [name: string]: string } = {
  'euler a': 'euler_ancestral',
  dpm2: 'dpm_2',
  'dpm2 a': 'dpm_2_ancestral',
  'dpm++ 2s a': 'dpmpp_2s_ancestral',
  'dpm++ 2m': 'dpmpp_2m',
  'dpm++ sde': 'dpmpp_sde',
  'dpm++ 2m sde': 'dpmpp_2m_sde',
  'dpm++ 2m sde heun': 'dpmpp_2m_sde_heun',
  'dpm++ 3m sde': 'dpmpp_3m_sde',
  'dpm fast': 'dpm_fast',
  'dpm adaptive': 'dpm_adaptive',
  unipc: 'uni_pc',
}
const options = z.looseObject({ sd_model_checkpoint: z.string().optional() })
const checkpointSetting = 'sdapi.checkpoint'
const bytesOf = (encoded: string): Buffer => Buffer.from(encoded.replace(/^data:[^,]*,/, ''), 'base64')

/** Lists that clients ask for before they show their forms, and that are empty here. */
const constantAnswers: readonly (readonly [path: string, answer: object])[] = [
  ['/cmd-flags', {}],
  ['/face-restorers', []],
  ['/hypernetworks', []],
  ['/latent-upscale-modes', []],
  ['/prompt-styles', []],
  ['/realesrgan-models', []],
  ['/scripts', { txt2img: [], img2img: [] }],
  ['/script-info', []],
]

/** A picture without what was asked for is another picture: better none. */
function refuseUnmade({ enable_hr: second, script_name: script }: AutomaticRequest): void {
  if (second)
    throw new Failure('invalid-request', 'enable_hr: no second pass at a higher size is made here.', {
      hint: 'Send img2img with the first picture and the larger size, or run the workflow "hires-fix" (POST /api/v1/jobs).',
    })
  if (script)
    throw new Failure('invalid-request', `script_name: there is no script "${String(script)}" here.`, {
      hint: 'Scripts are workflows here: POST /api/v1/jobs.',
    })
}

/** The older names join both: `DPM++ 2M Karras`. */
export function samplerOf(name: string, scheduler: string | undefined): { sampler: string; scheduler?: string } {
  const lower = name.toLowerCase().trim()
  const joined = schedulerNames.find((known) => lower.endsWith(` ${known}`))
  const bare = joined ? lower.slice(0, -joined.length - 1) : lower
  const sampler = samplersByName[bare] ?? bare.replaceAll(' ', '_')
  if (!samplerNames.some((name) => name === sampler)) {
    throw new Failure('invalid-request', `There is no sampler "${name}".`, {
      hint: 'GET /sdapi/v1/samplers lists those that there are; AUTOMATIC1111’s names of them are known too.',
    })
  }
  const wanted = scheduler?.toLowerCase().replaceAll(' ', '_')
  const rule = schedulerNames.find((name) => name === wanted) ?? joined ?? 'normal'
  return { sampler, scheduler: rule }
}

export interface AutomaticDependencies extends PictureDependencies {
  readonly folders: Pick<Folders, 'keep' | 'names'>
  readonly jobs: JobStore
  readonly settings: Pick<SettingsStore, 'get' | 'set'>
  readonly log: Logger
  readonly config: { readonly bodyLimitBytes: number; readonly pixelLimit: number }
}

/** AUTOMATIC1111's `/sdapi/v1`: text to image, image to image, and the lists that its clients read. */
export function createAutomaticSurface(dependencies: AutomaticDependencies): Router {
  const { config, folders, jobs, queue, log, settings } = dependencies
  const routes = Router()
  routes.use(requireOwnerToChange, requireJson, jsonBody(config.bodyLimitBytes))

  for (const kind of ['txt2img', 'img2img'] as const) {
    routes.post(`/${kind}`, async (request, response) => {
      const wanted = automaticRequest(request.body)
      refuseUnmade(wanted)
      const seed = wanted.seed === -1 ? anySeed() : wanted.seed
      const from = kind === 'img2img' ? await initialPicture(wanted) : undefined
      const checkpoint = await checkpointOf(wanted.override_settings?.sd_model_checkpoint)
      const picture: PictureRequest = {
        prompt: wanted.prompt,
        negative: wanted.negative_prompt,
        width: wanted.width,
        height: wanted.height,
        count: wanted.batch_size * wanted.n_iter,
        seed,
        steps: wanted.steps,
        guidanceScale: wanted.cfg_scale,
        ...samplerOf(wanted.sampler_name ?? wanted.sampler_index, wanted.scheduler),
        ...(checkpoint === undefined ? {} : { checkpoint }),
        ...(from ? { from } : {}),
      }
      const { owner } = accessOf(response)
      const made = await makePictures(
        pictureWorkflow(picture),
        { owner, ...traceOf(request.headers) },
        dependencies,
        whileAsked(response),
      )
      const { init_images: _pictures, mask: _mask, ...parameters } = wanted
      response.json({
        images: made.map(({ bytes }) => bytes.toString('base64')),
        parameters,
        info: JSON.stringify({ ...parameters, seed, all_seeds: made.map((_, index) => Number(seed) + index) }),
      })
    })
  }
  async function initialPicture(settings: AutomaticRequest): Promise<InitialPicture> {
    const { init_images: [encoded] = [], mask, inpainting_mask_invert: inverted, width, height } = settings
    if (encoded === undefined) {
      throw new Failure('invalid-request', 'init_images holds no picture.', {
        hint: 'Send the picture to begin from as base64, with or without "data:image/png;base64," before it.',
      })
    }
    const size = { width: Math.round(width / 8) * 8, height: Math.round(height / 8) * 8 }
    const kept = async (name: string, bytes: Buffer) => (await folders.keep('input', name, bytes)).name
    const of = { from: 'light', inverted: Boolean(inverted) } as const
    return {
      file: await kept('init.png', await fitPicture(bytesOf(encoded), size, config.pixelLimit)),
      denoiseStrength: settings.denoising_strength,
      ...(mask && { mask: await kept('init-mask.png', await fitMask(bytesOf(mask), size, of, config.pixelLimit)) }),
    }
  }
  async function checkpointOf(asked: string | undefined): Promise<string | undefined> {
    const chosen = await settings.get(checkpointSetting)
    const title = asked ?? (typeof chosen === 'string' ? chosen : undefined)
    if (title === undefined) return undefined
    const bare = title.replace(/ \[[0-9a-f]+\]$/, '')
    const found = (await folders.names('checkpoints')).find(
      (name) => name === bare || name.replace(/\.\w+$/, '') === bare,
    )
    // A checkpoint of the options that no longer exists does not fail the request.
    if (found === undefined && asked !== undefined) {
      throw new Failure('invalid-request', `There is no checkpoint "${bare}".`, {
        hint: 'GET /sdapi/v1/sd-models lists those that there are.',
      })
    }
    return found
  }

  routes.get('/sd-models', async (_request, response) => {
    const names = await folders.names('checkpoints')
    const models = names.map((name) => ({
      title: name,
      model_name: name.replace(/\.\w+$/, ''),
      hash: null,
      sha256: null,
      filename: name,
      config: null,
    }))
    response.json(models)
  })
  routes.get('/samplers', (_request, response) => {
    response.json(samplerNames.map((name) => ({ name, aliases: [], options: {} })))
  })
  routes.get('/schedulers', (_request, response) => {
    response.json(schedulerNames.map((name) => ({ name, label: name, aliases: [] })))
  })
  routes.get('/options', async (_request, response) => {
    const first = (await folders.names('checkpoints'))[0] ?? null
    response.json({ sd_model_checkpoint: (await settings.get(checkpointSetting)) ?? first })
  })
  // The checkpoint of every request that names none, as long as nobody chooses another.
  routes.post('/options', async (request, response) => {
    const asked = options.safeParse(request.body)
    const title = asked.success ? asked.data.sd_model_checkpoint : undefined
    const checkpoint = title === undefined ? undefined : await checkpointOf(title)
    if (checkpoint !== undefined) await settings.set({ [checkpointSetting]: checkpoint })
    response.json(null)
  })
  const namesOf = async (folder: string) =>
    (await folders.names(folder)).map((path) => ({ name: path.replace(/\.\w+$/, ''), path }))
  routes.get('/loras', async (_request, response) => {
    response.json((await namesOf('loras')).map(({ name, path }) => ({ name, alias: name, path, metadata: {} })))
  })
  routes.get('/sd-vae', async (_request, response) => {
    response.json((await namesOf('vae')).map(({ path }) => ({ model_name: path, filename: path })))
  })
  routes.get('/upscalers', async (_request, response) => {
    const upscalers = (await namesOf('upscale_models')).map(({ name, path }) => ({
      ...{ name, model_name: name, model_path: path, model_url: null, scale: 4 },
    }))
    response.json(upscalers)
  })
  routes.get('/embeddings', async (_request, response) => {
    response.json({
      loaded: Object.fromEntries((await namesOf('embeddings')).map(({ name }) => [name, {}])),
      skipped: {},
    })
  })
  for (const [path, answer] of constantAnswers) {
    routes.get(path, (_request, response) => {
      response.json(answer)
    })
  }
  // Folders are read at each request.
  for (const path of ['/refresh-checkpoints', '/refresh-loras', '/refresh-vae']) {
    routes.post(path, (_request, response) => {
      response.json(null)
    })
  }
  const runningJobs = async () => (await jobs.list({ state: ['running'], limit: 500 })).jobs
  routes.get('/progress', async (_request, response) => {
    const running = (await runningJobs()).at(-1)
    const { total = 0, finished = 0 } = running?.nodes ?? {}
    const state = {
      job_count: (await jobs.counts()).queued,
      job: running?.id ?? '',
      sampling_step: 0,
      sampling_steps: 0,
    }
    response.json({ progress: total === 0 ? 0 : finished / total, eta_relative: 0, state, current_image: null })
  })
  for (const path of ['/interrupt', '/skip']) {
    routes.post(path, async (_request, response) => {
      for (const { id } of await runningJobs()) await queue.cancel(id)
      response.json({})
    })
  }
  routes.use((request) => {
    throw new Failure('not-found', `There is nothing at ${request.method} /sdapi/v1${request.path}.`, {
      hint: 'Pictures are made by POST /sdapi/v1/txt2img and /sdapi/v1/img2img.',
    })
  })
  const answerErrors: ErrorRequestHandler = (thrown: unknown, request, response, _next) => {
    const failure = failureOf(thrown)
    if (failure.code === 'internal') log.error({ err: thrown, path: request.path }, 'request failed')
    if (failure.retryAfter !== undefined) response.setHeader('retry-after', String(failure.retryAfter))
    const detail = [failure.message, failure.hint].filter(Boolean).join(' ')
    response.status(failure.status === 400 ? 422 : failure.status)
    response.json({ error: failure.code, detail, body: '', errors: detail })
  }
  routes.use(answerErrors)
  const router = Router()
  router.use('/sdapi/v1', routes)
  return router
}
