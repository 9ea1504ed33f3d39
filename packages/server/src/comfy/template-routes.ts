import type { Router } from 'express'
import type { Dependencies } from '../dependencies.ts'
import { templatesOf } from '../routes/templates.ts'
import type { ComfyCatalogue } from './catalogue.ts'
import { ComfyRefusal } from './errors.ts'
import { uiFromNative } from './to-ui.ts'

/** The workflows that ship and those of node packs, as the templates of ComfyUI's editor. */
export function addTemplateRoutes(router: Router, dependencies: Dependencies, catalogue: ComfyCatalogue): void {
  router.get('/templates/index.json', async (_request, response) => {
    const templates = (await templatesOf(dependencies)).map(
      ({ id, document: { name = id, description = '', tags = [] } }) => ({
        name: id,
        title: name,
        description,
        tags,
        mediaType: 'image',
        mediaSubtype: 'webp',
        tutorialUrl: '',
      }),
    )
    response.json([{ moduleName: 'default', title: 'Patchbay', type: 'image', templates }])
  })
  router.get('/templates/index_logo.json', (_request, response) => {
    response.json({})
  })
  router.get('/templates/:file', async (request, response) => {
    const { file } = request.params
    const template = (await templatesOf(dependencies)).find(({ id }) => `${id}.json` === file)
    if (!template) throw new ComfyRefusal(404, { error: 'There is no such template.' })
    const { classes } = await catalogue.context()
    response.json(uiFromNative(template.document, classes).workflow)
  })
}
