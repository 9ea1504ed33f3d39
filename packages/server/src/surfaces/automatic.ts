import type { ErrorRequestHandler } from 'express'
import { Router } from 'express'
import { z } from 'zod'
import { samplerNames, schedulerNames } from '../comfy/adapters/sampling.ts'
import type { Dependencies } from '../dependencies.ts'
import { Failure } from '../jobs/failure.ts'
import { requireOwnerToChange } from '../middleware/access.ts'
import { jsonBody, requireJson } from '../middleware/body.ts'
import { accessOf } from '../middleware/current-access.ts'
import { failureOf } from '../middleware/errors.ts'
import { traceOf } from '../telemetry/trace-context.ts'
import { makePictures, whileAsked } from './make-pictures.ts'
import type { PictureRequest } from './text-to-image.ts'
import { anySeed, pictureWorkflow } from './text-to-image.ts'

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
const body = z.object({
  prompt: z.string().max(32_000).default(''),
  negative_prompt: z.string().max(32_000).default(''),
  steps: z.int().min(1).max(1000).default(20),
  cfg_scale: z.number().min(0).max(100).default(7),
  width: z.int().min(16).max(8192).default(512),
  height: z.int().min(16).max(8192).default(512),
  seed: z.union([z.int(), z.string().regex(/^\d{1,20}$/)]).default(-1),
  batch_size: z.int().min(1).max(64).default(1),
  sampler_name: z.string().max(100).default('Euler'),
  scheduler: z.string().max(100).optional(),
  init_images: z.array(z.string()).max(1).optional(),
  denoising_strength: z.number().min(0).max(1).default(0.75),
  override_settings: z.looseObject({ sd_model_checkpoint: z.string().optional() }).optional(),
})

/** The older names join both: `DPM++ 2M Karras`. */
export function samplerOf(name: string, scheduler: string | undefined): { sampler: string; scheduler?: string } {
  const lower = name.toLowerCase().trim()
  const joined = schedulerNames.find((known) => lower.endsWith(` ${known}`))
  const bare = joined ? lower.slice(0, -joined.length - 1) : lower
  const sampler = samplersByName[bare] ?? bare.replaceAll(' ', '_')
  if (!samplerNames.includes(sampler)) throw new Failure('invalid-request', `There is no sampler "${name}".`)
  const wanted = scheduler?.toLowerCase().replaceAll(' ', '_')
  const rule = wanted !== undefined && schedulerNames.includes(wanted) ? wanted : (joined ?? 'normal')
  return { sampler, scheduler: rule }
}

/** AUTOMATIC1111's `/sdapi/v1`: text to image, image to image, and the lists that its clients read. */
export function createAutomaticSurface(dependencies: Dependencies): Router {
  const { config, folders, jobs, queue, log } = dependencies
  const routes = Router()
  routes.use(requireOwnerToChange, requireJson, jsonBody(config.bodyLimitBytes))

  for (const kind of ['txt2img', 'img2img'] as const) {
    routes.post(`/${kind}`, async (request, response) => {
      const asked = body.safeParse(request.body)
      if (!asked.success)
        throw new Failure(
          'invalid-request',
          asked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
        )
      const settings = asked.data
      const seed = settings.seed === -1 ? anySeed() : settings.seed
      const from =
        kind === 'img2img' ? await initialPicture(settings.init_images?.[0], settings.denoising_strength) : undefined
      const checkpoint = await checkpointOf(settings.override_settings?.sd_model_checkpoint)
      const picture: PictureRequest = {
        prompt: settings.prompt,
        negative: settings.negative_prompt,
        width: settings.width,
        height: settings.height,
        count: settings.batch_size,
        seed,
        steps: settings.steps,
        guidanceScale: settings.cfg_scale,
        ...samplerOf(settings.sampler_name, settings.scheduler),
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
      const { init_images: _pictures, ...parameters } = settings
      response.json({
        images: made.map(({ bytes }) => bytes.toString('base64')),
        parameters,
        info: JSON.stringify({ ...parameters, seed, all_seeds: made.map((_, index) => Number(seed) + index) }),
      })
    })
  }
  async function initialPicture(encoded: string | undefined, denoiseStrength: number): Promise<PictureRequest['from']> {
    if (encoded === undefined) throw new Failure('invalid-request', 'init_images holds no picture.')
    const bytes = Buffer.from(encoded.replace(/^data:[^,]*,/, ''), 'base64')
    const { name } = await folders.keep('input', 'init.png', bytes)
    return { file: name, denoiseStrength }
  }
  async function checkpointOf(title: string | undefined): Promise<string | undefined> {
    if (title === undefined) return undefined
    const bare = title.replace(/ \[[0-9a-f]+\]$/, '')
    const found = (await folders.names('checkpoints')).find(
      (name) => name === bare || name.replace(/\.\w+$/, '') === bare,
    )
    if (found === undefined) throw new Failure('invalid-request', `There is no checkpoint "${bare}".`)
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
    response.json({ sd_model_checkpoint: (await folders.names('checkpoints'))[0] ?? null })
  })
  routes.get('/progress', (_request, response) => {
    const [running] = jobs.running()
    const { total = 0, finished = 0 } = running?.nodes ?? {}
    const state = { job_count: jobs.counts().queued, job: running?.id ?? '', sampling_step: 0, sampling_steps: 0 }
    response.json({ progress: total === 0 ? 0 : finished / total, eta_relative: 0, state, current_image: null })
  })
  routes.post('/interrupt', (_request, response) => {
    for (const { id } of jobs.running()) queue.cancel(id)
    response.json({})
  })
  routes.use((request) => {
    throw new Failure('not-found', `There is nothing at ${request.method} ${request.path}.`)
  })
  const answerErrors: ErrorRequestHandler = (thrown: unknown, request, response, _next) => {
    const failure = failureOf(thrown)
    if (failure.code === 'internal') log.error({ err: thrown, path: request.path }, 'request failed')
    response.status(failure.status === 400 ? 422 : failure.status)
    response.json({ error: failure.code, detail: failure.message, body: '', errors: failure.message })
  }
  routes.use(answerErrors)
  const router = Router()
  router.use('/sdapi/v1', routes)
  return router
}
