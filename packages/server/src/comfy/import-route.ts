import type { Router } from 'express'
import type { ComfyCatalogue } from './catalogue.ts'
import { isObject, promptOf } from './prompt.ts'
import { nativeOf } from './to-native.ts'
import { apiFromUi, isUiWorkflow } from './ui-workflow.ts'

/** Turns a workflow of ComfyUI, as it is saved or as it is posted, into one of ours, without running it. */
export function addImportRoute(router: Router, catalogue: ComfyCatalogue): void {
  router.post('/v1/workflows/import', async (request, response) => {
    const body: unknown = request.body
    const source = isObject(body) ? body['source'] : undefined
    const context = await catalogue.context()
    try {
      const prompt = promptOf(isUiWorkflow(source) ? apiFromUi(source, context.classes) : source)
      if (!prompt) throw new Error('This is neither a workflow of Patchbay nor one of ComfyUI.')
      response.json({ document: nativeOf(prompt, context.classes).document })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      response.status(400).json({ error: { code: 'foreign-workflow', message } })
    }
  })
}
