import type { WorkflowTemplate } from '../../api/api-types.ts'
import type { Supervisor } from '../../runner/supervisor.ts'
import { shippedTemplates } from '../../packs/templates.ts'
import { type Route, answered, route } from '../../http/route.ts'

export interface TemplateRouteDependencies {
  readonly supervisor: Pick<Supervisor, 'packs'>
}

/** The workflows that ship, the one to start with first, then those of node packs. */
export async function templatesOf({ supervisor }: TemplateRouteDependencies): Promise<WorkflowTemplate[]> {
  const fromPacks = (await supervisor.packs()).flatMap(({ workflows }) => workflows)
  return [...(await shippedTemplates()), ...fromPacks]
}

/** What comes with Patchbay and with node packs, to begin with and to look at. */
export function templateRoutes({ supervisor }: TemplateRouteDependencies): Route[] {
  return [
    route({
      method: 'get',
      path: '/templates',
      tag: 'workflows',
      summary: 'The workflows that ship, the one to start with first, then those of node packs.',
      answer: 'TemplateList',
      async run() {
        return { templates: await templatesOf({ supervisor }) }
      },
    }),
    route({
      method: 'get',
      path: '/node-packs/style.css',
      tag: 'nodes',
      summary: 'The style sheets of node packs, one after the other, for the editor.',
      answer: 'Bytes',
      async run({ response }) {
        const sheets = (await supervisor.packs()).flatMap(({ name, styleSheet }) =>
          styleSheet === undefined ? [] : [`/* ${comment(name)} */\n${styleSheet}`],
        )
        response.setHeader('cache-control', 'no-cache')
        response.type('text/css; charset=utf-8').send(sheets.join('\n'))
        return answered
      },
    }),
  ]
}

const comment = (text: string): string => text.replaceAll('*/', '')
