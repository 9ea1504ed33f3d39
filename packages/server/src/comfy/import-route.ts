import { z } from 'zod'
import { Failure } from '../jobs/failure.ts'
import type { Route } from '../routes/route.ts'
import { route } from '../routes/route.ts'
import type { ComfyCatalogue } from './catalogue.ts'
import { importWorkflow } from './import-workflow.ts'

/** The one route of the native API that knows ComfyUI. */
export function importRoutes(catalogue: ComfyCatalogue): Route[] {
  return [
    route({
      method: 'post',
      path: '/workflows/import',
      tag: 'workflows',
      summary: 'Turns a workflow of ComfyUI, as it is saved or as it is posted, into one of ours, without running it.',
      role: 'viewer',
      body: z.strictObject({ source: z.unknown() }),
      answer: 'ImportedWorkflow',
      async run({ body: { source } }) {
        const { classes } = await catalogue.context()
        const imported = importWorkflow(source, classes)
        if (imported) return imported
        throw new Failure('invalid-workflow', 'This is neither a workflow of Patchbay nor one of ComfyUI.')
      },
    }),
  ]
}
