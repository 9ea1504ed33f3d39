import { randomUUID } from 'node:crypto'
import { type NodeManifest, type Workflow, diffWorkflows } from '@patchbay/engine/workflow'
import type { WorkflowArgument, WorkflowSummary } from '../../api/api-types.ts'
import { z } from 'zod'
import type { WorkflowStore } from '../../store/workflow-store.ts'
import type { Supervisor } from '../../runner/supervisor.ts'
import { Failure, notFound } from '../../failure.ts'
import { documentOf, savedWorkflow } from '../../jobs/submission.ts'
import { type Route, route } from '../../http/route.ts'

const version = z.coerce.number().int().min(1)

export interface WorkflowRouteDependencies {
  readonly workflows: WorkflowStore
  readonly supervisor: Pick<Supervisor, 'manifest' | 'validate'>
}

export function workflowRoutes(dependencies: WorkflowRouteDependencies): Route[] {
  return [...recordRoutes(dependencies), ...versionRoutes(dependencies), validationRoute(dependencies)]
}

/** Workflows as they are saved, found and deleted. */
function recordRoutes({ workflows }: Pick<WorkflowRouteDependencies, 'workflows'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/workflows',
      tag: 'workflows',
      summary: 'Saved workflows, the last changed first.',
      answer: 'WorkflowList',
      run: async () => ({ workflows: await workflows.list() }),
    }),
    route({
      method: 'post',
      path: '/workflows',
      tag: 'workflows',
      summary: 'Save a new workflow.',
      body: 'SaveWorkflowRequest',
      status: 201,
      answer: 'WorkflowRecord',
      run: ({ body: { document, basedOn: _basedOn, ...about } }) =>
        workflows.create({ id: randomUUID(), document: documentOf(document), ...about }),
    }),
    route({
      method: 'get',
      path: '/workflows/:id',
      tag: 'workflows',
      summary: 'A saved workflow, its newest version or the one asked for.',
      query: z.object({ version: version.exactOptional() }),
      answer: 'WorkflowRecord',
      run: ({ params: { id = '' }, query }) => savedWorkflow(workflows, id, query.version),
    }),
    route({
      method: 'put',
      path: '/workflows/:id',
      tag: 'workflows',
      summary: 'Save a new version; refused when there is a newer one than `basedOn`.',
      body: 'SaveWorkflowRequest',
      answer: 'WorkflowRecord',
      async run({ params: { id = '' }, body: { document, ...change } }) {
        const saved = await workflows.save(id, { document: documentOf(document), ...change })
        if (!saved) throw notFound('workflow', id)
        if ('newest' in saved) throw hasNewer(saved.newest, change.basedOn ?? 0)
        return saved
      },
    }),
    route({
      method: 'delete',
      path: '/workflows/:id',
      tag: 'workflows',
      summary: 'Delete a workflow with all its versions.',
      async run({ params: { id = '' } }) {
        if (!(await workflows.remove(id))) throw notFound('workflow', id)
      },
    }),
  ]
}

/** What a saved workflow and its versions say. */
function versionRoutes({ workflows, supervisor }: WorkflowRouteDependencies): Route[] {
  return [
    route({
      method: 'get',
      path: '/workflows/:id/versions',
      tag: 'workflows',
      summary: 'Its versions, newest first.',
      answer: 'WorkflowVersions',
      async run({ params: { id = '' } }) {
        const versions = await workflows.versions(id)
        if (!versions) throw notFound('workflow', id)
        return { versions }
      },
    }),
    route({
      method: 'get',
      path: '/workflows/:id/arguments',
      tag: 'workflows',
      summary: 'What a run by id may be given as `parameters`: names, types, widgets, and what holds otherwise.',
      query: z.object({ version: version.exactOptional() }),
      answer: 'WorkflowArguments',
      async run({ params: { id = '' }, query }) {
        const { document } = await savedWorkflow(workflows, id, query.version)
        const { manifest } = await supervisor.manifest()
        return { arguments: argumentsOf(document, manifest.nodes) }
      },
    }),
    route({
      method: 'get',
      path: '/workflows/:id/diff',
      tag: 'workflows',
      summary: 'What two versions differ in: nodes, values, links, and apart from them the layout.',
      query: z.object({ from: version, to: version }),
      answer: 'WorkflowDiff',
      async run({ params: { id = '' }, query }) {
        const [from, to] = [
          await savedWorkflow(workflows, id, query.from),
          await savedWorkflow(workflows, id, query.to),
        ]
        return diffWorkflows(from.document, to.document)
      },
    }),
  ]
}

function validationRoute({ supervisor }: Pick<WorkflowRouteDependencies, 'supervisor'>): Route {
  return route({
    method: 'post',
    path: '/validate',
    tag: 'workflows',
    role: 'viewer',
    summary: 'Everything that is wrong with a document, and what its nodes will take, without queueing it.',
    body: 'ValidateRequest',
    answer: 'ValidateResponse',
    async run({ body }) {
      const { issues, estimates } = await supervisor.validate(documentOf(body.document), body.targets)
      return { ok: !issues.some(({ severity }) => severity === 'error'), issues, estimates }
    },
  })
}

const hasNewer = (newest: WorkflowSummary, basedOn: number): Failure =>
  new Failure(
    'conflict',
    `Workflow "${newest.name}" is at version ${newest.version}; the edit began at version ${basedOn}.`,
    { hint: 'Load the newest version, or save without basedOn to put this one on top.' },
  )

/** The parameters of a workflow with what the definitions of their nodes say of them. */
function argumentsOf(document: Workflow, nodes: readonly NodeManifest[]): WorkflowArgument[] {
  return Object.entries(document.parameters ?? {}).map(([name, parameter]) => {
    const instance = document.nodes[parameter.node]
    const inputs = nodes.find(({ type }) => type === instance?.type)?.inputs
    const declared = inputs?.find((input) => input.name === parameter.input)
    const literal = instance?.values[parameter.input]
    const value = literal ?? (declared?.kind === 'value' ? declared.default : undefined)
    return {
      name,
      ...parameter,
      types: declared?.types ?? ['*'],
      ...(value === undefined ? {} : { value }),
      ...(declared?.kind === 'value' ? { widget: declared.widget } : {}),
    }
  })
}
