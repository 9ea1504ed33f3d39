import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Response, Router } from 'express'
import type { JsonObject, Workflow } from '@patchbay/engine/workflow'
import type { WorkflowTemplate } from '../../../api/api-types.ts'
import { templatePictures } from '../../../installation.ts'
import type { Supervisor } from '../../../runner/supervisor.ts'
import { shippedTemplates } from '../../../packs/templates.ts'
import type { ComfyCatalogue } from '../catalogue/catalogue.ts'
import type { ComfyClasses } from '../classes/comfy-class.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'
import { uiFromNative } from '../export/to-ui.ts'

interface SaidTemplate extends WorkflowTemplate {
  readonly saved: JsonObject
}

/**
 * The workflows that ship, as the templates of ComfyUI's editor, and those of node packs. One that cannot be said in
 * the format that the editor saves is left out: opened there, it would compute something else.
 */
export interface TemplateRouteDependencies {
  readonly supervisor: Pick<Supervisor, 'packs'>
}

export function addTemplateRoutes(
  router: Router,
  { supervisor }: TemplateRouteDependencies,
  catalogue: ComfyCatalogue,
): void {
  const said = async (templates: readonly WorkflowTemplate[]): Promise<SaidTemplate[]> => {
    const { classes } = await catalogue.context()
    return templates.flatMap((template) => {
      const { workflow, problems } = uiFromNative(inTheirWay(template.document, classes), classes)
      return problems.length === 0 ? [{ ...template, saved: workflow }] : []
    })
  }
  /** Those of packs have their names after the name of the pack and a slash. */
  const ofPacks = async () => {
    const packs = await supervisor.packs()
    const all = packs.map(async ({ name, workflows }) => ({ pack: name, templates: await said(workflows) }))
    return (await Promise.all(all)).filter(({ templates }) => templates.length > 0)
  }
  const bareName = (pack: string, { id }: WorkflowTemplate): string => id.slice(pack.length + 1)
  const send = (response: Response, template: SaidTemplate | undefined): void => {
    if (!template) throw new ComfyRefusal(404, { error: 'There is no such template.' })
    response.json(template.saved)
  }
  /** `<name>-1.webp`, and `-2` for the picture that one sees beneath the pointer. */
  const sendPicture = async (response: Response, name: string): Promise<void> => {
    const path = join(templatePictures, `${name}.webp`)
    if (!existsSync(path)) throw new ComfyRefusal(404, { error: 'There is no picture of this template.' })
    response.setHeader('cache-control', 'public, max-age=86400')
    response.type('image/webp').send(await readFile(path))
  }

  router.get('/templates/index.json', async (_request, response) => {
    const templates = (await said(await shippedTemplates())).map(
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
    const [, pictured] = /^([\w-]+)-[12]\.webp$/.exec(file) ?? []
    if (pictured !== undefined) await sendPicture(response, pictured)
    else
      send(
        response,
        (await said(await shippedTemplates())).find(({ id }) => `${id}.json` === file),
      )
  })
  router.get('/workflow_templates', async (_request, response) => {
    const named = (await ofPacks()).map(({ pack, templates }) => [pack, templates.map((one) => bareName(pack, one))])
    response.json(Object.fromEntries(named))
  })
  router.get('/workflow_templates/:pack/:file', async (request, response) => {
    const { pack, file } = request.params
    const found = (await ofPacks()).find((known) => known.pack === pack)?.templates
    send(
      response,
      found?.find((template) => `${bareName(pack, template)}.json` === file),
    )
  })
}

/** Inputs that say by which noise, formulas and grammar a node goes. */
const manners: readonly string[] = ['generator', 'formulas', 'grammar']

/**
 * A template does not promise the picture of one seed, so other noise, other formulas and another grammar of prompts
 * are no loss: each node gets those that the classes of ComfyUI have.
 */
function inTheirWay(document: Workflow, classes: ComfyClasses): Workflow {
  const theirs = new Map<string, JsonObject>()
  for (const { parts } of classes.values()) {
    const { main } = parts
    if (!main) continue
    const values = Object.entries(main.inputs).flatMap(([name, source]) =>
      manners.includes(name) && 'value' in source ? [[name, source.value] as const] : [],
    )
    if (values.length > 0) theirs.set(main.type, { ...theirs.get(main.type), ...Object.fromEntries(values) })
  }
  const nodes = Object.entries(document.nodes).map(([id, node]) => {
    const values = theirs.get(node.type)
    return values ? [id, { ...node, values: { ...node.values, ...values } }] : [id, node]
  })
  return { ...document, nodes: Object.fromEntries(nodes) }
}
