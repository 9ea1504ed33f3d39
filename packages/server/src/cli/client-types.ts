import type { Command } from 'commander'
import type { NodeManifest, Workflow } from '@patchbay/engine/workflow'
import { collected, knownNodes } from './known-nodes.ts'
import { openWorkflow } from './open-workflow.ts'
import type { Terminal } from './run.ts'
import { writeOutput } from '../storage/system-errors.ts'

interface ClientTypesOptions {
  readonly output?: string
  readonly nodePack?: readonly string[]
}

/** `patchbay client-types <workflow>`: a typed function that runs one workflow through a client. */
export function addClientTypesCommand(
  program: Command,
  terminal: () => Terminal,
  finish: (code: number) => void,
): void {
  program
    .command('client-types')
    .argument('<workflow>', 'a workflow file with parameters')
    .option('-o, --output <file>', 'write it there rather than print it')
    .option('--node-pack <folder>', 'know the nodes of this pack too; may be given again', collected)
    .action(async (file: string, { output, nodePack = [] }: ClientTypesOptions) => {
      const { nodes } = (await knownNodes(nodePack)).manifest
      const text = clientTypesOf(await openWorkflow(file), nodes)
      if (output === undefined) terminal().out(text)
      else await writeOutput(output, text)
      finish(0)
    })
}

export function clientTypesOf(workflow: Workflow, nodes: readonly NodeManifest[]): string {
  const name = pascalCase(workflow.name ?? 'workflow')
  const fields = Object.entries(workflow.parameters ?? {}).map(([parameter, { node, input, description }]) => {
    const instance = workflow.nodes[node]
    const declared = nodes
      .find(({ type }) => type === instance?.type)
      ?.inputs.find((candidate) => candidate.name === input)
    const comment = description === undefined ? '' : `  /** ${description.replaceAll('*/', '* /')} */\n`
    return `${comment}  readonly ${JSON.stringify(parameter)}?: ${typeOf(declared)}\n`
  })
  return `import type { Client, JobDetail } from '@patchbay/client'
import type { Workflow } from '@patchbay/engine/workflow'

export interface ${name}Parameters {
${fields.join('')}}

const document: Workflow = ${JSON.stringify(workflow)}

/** Runs the workflow with these values and answers when it has ended. */
export async function run${name}(client: Client, parameters: ${name}Parameters = {}): Promise<JobDetail> {
  const { jobs } = await client.jobs.submit({ document, parameters: { ...parameters } })
  const [job] = jobs
  if (!job) throw new Error('The server made no job.')
  return client.jobs.wait(job.id)
}
`
}

/** What any parameter takes, without an import that most files would not use. */
const anyJson = "import('@patchbay/engine/workflow').JsonValue"

function typeOf(input: NodeManifest['inputs'][number] | undefined): string {
  if (input?.kind !== 'value') return anyJson
  switch (input.widget.type) {
    case 'int':
    case 'float':
      return 'number'
    case 'seed':
      return 'number | string'
    case 'toggle':
      return 'boolean'
    case 'choice':
      return input.widget.options.map((option) => JSON.stringify(option)).join(' | ')
    case 'text':
    case 'file':
    case 'color':
    case 'workflow':
      return 'string'
    case 'curve':
      return 'readonly (readonly [number, number])[]'
    case 'json':
      return anyJson
  }
}

const pascalCase = (text: string): string => {
  const words = text.split(/[^A-Za-z0-9]+/).filter(Boolean)
  const joined = words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
  return /^[A-Za-z]/.test(joined) ? joined : `Workflow${joined}`
}
