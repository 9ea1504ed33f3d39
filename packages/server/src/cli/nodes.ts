import type { Command } from 'commander'
import { type InputManifest, type NodeManifest, createRegistry, manifestOf } from '@patchbay/engine'
import { nodeDefinitions } from '@patchbay/nodes'
import { loadNodePacks } from '../packs/node-packs.ts'
import { adapterMistakes, shadowedNodes } from '../surfaces/comfy/catalogue/pack-adapter.ts'
import { table } from './remote.ts'
import type { Terminal } from './run.ts'

interface NodesOptions {
  readonly json?: boolean
  readonly nodePack?: readonly string[]
}

/** `patchbay nodes [search]`: what nodes there are; with a full name, what one takes and gives. */
export function addNodesCommand(program: Command, terminal: () => Terminal, finish: (code: number) => void): void {
  program
    .command('nodes')
    .argument('[search]', 'part of a name, a category or an alias; a full name shows that node')
    .option(
      '--node-pack <folder or package>',
      'load a pack too; may be repeated',
      (value, all: readonly string[] = []) => [...all, value],
    )
    .option('--json', 'print JSON')
    .action(async (search: string | undefined, options: NodesOptions) => {
      finish(await listNodes(search, options, terminal()))
    })
}

export async function listNodes(
  search: string | undefined,
  { json, nodePack = [] }: NodesOptions,
  { out, error }: Terminal,
): Promise<number> {
  const loaded = await loadNodePacks(nodePack, nodeDefinitions, {
    checkAdapter: adapterMistakes,
    shadowed: shadowedNodes,
  })
  for (const { name, error: reason, warnings } of loaded.packs) {
    for (const sentence of reason === undefined ? warnings : [reason]) error(`${name}: ${sentence}\n`)
  }
  const { nodes } = manifestOf(createRegistry(loaded))
  const exact = nodes.filter(({ type }) => type.toLowerCase() === search?.toLowerCase())
  const found = exact.length > 0 ? exact : nodes.filter((node) => matches(node, search?.toLowerCase() ?? ''))
  if (json) out(`${JSON.stringify(found, null, 2)}\n`)
  else if (exact[0]) out(describe(exact[0]))
  else out(table(found.map(({ type, category, description }) => [type, category, firstSentence(description)])))
  if (found.length > 0) return 0
  error(`No node fits "${search ?? ''}".\n`)
  return 1
}

const matches = ({ type, label, category, aliases }: NodeManifest, search: string): boolean =>
  [type, label, category, ...aliases].some((name) => name.toLowerCase().includes(search))
const firstSentence = (text: string): string => /^[^.]*\.?/.exec(text)?.[0] ?? ''

function describe(node: NodeManifest): string {
  const inputs = node.inputs.map((input) => [`  ${input.name}`, input.types.join(' | '), detailOf(input)])
  const outputs = node.outputs.map(({ name, type, list }) => [`  ${name}`, list ? `list of ${type}` : type, ''])
  return `${node.type} (version ${node.version}, ${node.category})\n${node.description}\n\nInputs\n${table(inputs)}\nOutputs\n${table(outputs)}`
}
function detailOf(input: InputManifest): string {
  if (input.kind === 'link') return input.optional ? 'optional' : 'linked'
  const { widget } = input
  const range =
    widget.type === 'int' || widget.type === 'float'
      ? `, ${widget.min} to ${widget.max}`
      : widget.type === 'choice'
        ? `: ${widget.options.join(', ')}`
        : ''
  return `${JSON.stringify(input.default)}${range}`
}
