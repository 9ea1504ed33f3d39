import { Failure } from '../../../failure.ts'
import { documentOf } from '../../../jobs/submission.ts'
import type { Folders } from '../../../storage/folders.ts'
import { workflowOfParameters } from '../../automatic/import/parameters-workflow.ts'
import { listingOf } from '../../automatic/request/file-names.ts'
import { type Route, route } from '../../../http/route.ts'
import type { ComfyCatalogue } from '../catalogue/catalogue.ts'
import { promptFromNative } from '../export/from-native.ts'
import { importWorkflow } from '../import/import-workflow.ts'
import { promptJson } from '../prompt/prompt.ts'
import { uiFromNative } from '../export/to-ui.ts'

/** The routes of the native API that know ComfyUI. */
export function importRoutes(catalogue: ComfyCatalogue, folders: Pick<Folders, 'names'>): Route[] {
  return [
    route({
      method: 'post',
      path: '/workflows/import',
      tag: 'workflows',
      summary:
        'Turns a workflow of ComfyUI, as it is saved or as it is posted, or the text of settings beside a picture of AUTOMATIC1111, into one of ours, without running it.',
      role: 'viewer',
      body: 'ImportRequest',
      answer: 'ImportedWorkflow',
      async run({ body: { source } }) {
        const { classes } = await catalogue.context()
        const imported =
          typeof source === 'string'
            ? workflowOfParameters(source, await listingOf(folders))
            : importWorkflow(source, classes)
        if (imported) return imported
        throw new Failure('invalid-workflow', 'This is neither a workflow of Patchbay nor one of ComfyUI.')
      },
    }),
    route({
      method: 'post',
      path: '/workflows/export',
      tag: 'workflows',
      summary:
        "Turns one of our documents into a workflow of ComfyUI: as its editor saves it, or with `to: 'api'` as it is posted.",
      role: 'viewer',
      body: 'ExportRequest',
      answer: 'ExportedWorkflow',
      async run({ body: { document, to } }) {
        const ours = documentOf(document)
        const { classes } = await catalogue.context()
        if (to === 'editor') return uiFromNative(ours, classes)
        const { prompt, problems } = promptFromNative(ours, classes)
        return { workflow: promptJson(prompt), problems }
      },
    }),
  ]
}
