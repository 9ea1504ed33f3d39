import { Router } from 'express'
import { z } from 'zod'
import { mayCarryTexts, parametersKeyword, pictureTexts, readParameters } from '@patchbay/nodes/picture-texts'
import { Failure } from '../../../failure.ts'
import { bytesOf } from '../request/source-pictures.ts'

const body = z.looseObject({ image: z.string() })

/** `/png-info`: what a picture says of itself. */
export function pictureInfoRoutes(): Router {
  const routes = Router()
  routes.post('/png-info', async (request, response) => {
    const asked = body.safeParse(request.body)
    const bytes = asked.success ? bytesOf(asked.data.image) : undefined
    if (!bytes || !mayCarryTexts(bytes)) {
      throw new Failure('invalid-request', 'image: this is no picture that may carry texts.', {
        hint: 'Send a PNG, WebP or JPEG as base64.',
      })
    }
    const { [parametersKeyword]: info = '', ...items } = await pictureTexts(bytes)
    response.json({ info, items, parameters: parametersIn(info) })
  })
  return routes
}

/** As AUTOMATIC1111 parses the text: the settings by their names, sizes in two. */
function parametersIn(text: string): { readonly [name: string]: string } {
  const parameters = readParameters(text)
  if (!parameters) return {}
  const sizes = Object.entries(parameters.settings).flatMap(([name, value]) => {
    const [, width, height] = /^(\d+)x(\d+)$/.exec(value) ?? []
    return width === undefined || height === undefined
      ? []
      : [
          [`${name}-1`, width],
          [`${name}-2`, height],
        ]
  })
  return {
    Prompt: parameters.prompt,
    'Negative prompt': parameters.negative,
    ...parameters.settings,
    ...(Object.fromEntries(sizes) as { readonly [name: string]: string }),
  }
}
