import { Router } from 'express'
import { z } from 'zod'
import { listed, workflowVersion, type Workflow } from '@patchbay/engine'
import { Failure } from '../../../failure.ts'
import { accessOf } from '../../../http/current-access.ts'
import { opaquePicture } from '../../../storage/inpaint-picture.ts'
import { traceOf } from '../../../telemetry/trace-context.ts'
import { makeResults, whileAsked } from '../../pictures/make-pictures.ts'
import { Drawing } from '../graph/drawing.ts'
import { fileNamed } from '../request/file-names.ts'
import { bytesOf } from '../request/source-pictures.ts'
import type { GenerationDependencies } from './generate.ts'

const body = z.looseObject({ image: z.string().min(1), model: z.string().max(200).default('clip') })

/** What AUTOMATIC1111 calls its two networks, and what is asked of a captioner for each. */
const tasks: Readonly<Record<string, string>> = { clip: 'caption', deepdanbooru: 'tags', deepbooru: 'tags' }
const bundled = 'patchbay-captioner/model.safetensors'

/** `/interrogate`: what a picture shows, said by a captioner. */
export function interrogateRoutes(dependencies: GenerationDependencies): Router {
  const { folders, config } = dependencies
  const routes = Router()
  routes.post('/interrogate', async (request, response) => {
    const asked = body.safeParse(request.body)
    if (!asked.success) {
      throw new Failure('invalid-request', 'image: send the picture as base64, and as model "clip" or "deepdanbooru".')
    }
    const document = captionWorkflow(chosen(asked.data.model, await folders.names('captioners')), {
      file: (
        await folders.keep(
          'input',
          'interrogate.png',
          (await opaquePicture(bytesOf(asked.data.image), config.pixelLimit)).png,
        )
      ).name,
    })
    const asker = { owner: accessOf(response).owner, ...traceOf(request.headers) }
    const { caption } = await makeResults(document, asker, dependencies, whileAsked(response))
    response.json({ caption: typeof caption === 'string' ? caption : '' })
  })
  return routes
}

interface Chosen {
  readonly captioner: string
  readonly task: string
  /** Whether it is a graph that tells tags. */
  readonly isTagger: boolean
}

/**
 * "clip" and "deepdanbooru" are what stands here: for tags a tagger where there is one, else the captioner that ships,
 * else the first there is.
 */
function chosen(model: string, files: readonly string[]): Chosen {
  const networks = files.filter((name) => /\.(safetensors|bin|pt|pth|onnx)$/i.test(name))
  const isGraph = (name: string): boolean => name.toLowerCase().endsWith('.onnx')
  const taggers = networks.filter(isGraph)
  const captioners = networks.filter((name) => !isGraph(name))
  const own = captioners.includes(bundled) ? bundled : captioners[0]
  const task = Object.hasOwn(tasks, model) ? tasks[model] : undefined
  const standing = (task === 'tags' ? taggers[0] : undefined) ?? own
  const captioner = task === undefined ? namedBy(model, networks) : standing
  if (captioner === undefined) {
    const known = [...(own === undefined ? [] : Object.keys(tasks)), ...networks.map(folderOf)]
    throw new Failure(
      'invalid-request',
      `model: "${model}" is no captioner; there is ${known.length === 0 ? 'none here' : listed(known)}.`,
      {
        hint: 'Captioners and taggers are put into the models folder captioners, each in a folder of its own.',
      },
    )
  }
  return { captioner, task: task ?? 'caption', isTagger: isGraph(captioner) }
}

const folderOf = (name: string): string => (name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : name)
const namedBy = (asked: string, names: readonly string[]): string | undefined =>
  names.find((name) => folderOf(name) === asked) ?? fileNamed(asked, names)

function captionWorkflow({ captioner, task, isTagger }: Chosen, { file }: { readonly file: string }): Workflow {
  const drawing = new Drawing()
  const image = drawing.add('picture', 'LoadImage', { file })('image')
  const said = isTagger
    ? drawing.add('caption', 'TagImage', { tagger: captioner }, { image })('tags')
    : drawing.add(
        'caption',
        'CaptionImage',
        { task },
        {
          captioner: drawing.add('captioner', 'LoadCaptioner', { captioner })('captioner'),
          image,
        },
      )('caption')
  drawing.add('shown', 'Show', {}, { value: said })
  return {
    format: 'patchbay-workflow',
    version: workflowVersion,
    name: 'interrogate',
    results: { caption: said },
    nodes: drawing.nodes,
  }
}
