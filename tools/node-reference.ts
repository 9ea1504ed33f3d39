// Writes docs/nodes.md and docs/comfyui-nodes.md from the node definitions:
// node --conditions=patchbay-source --import tsx tools/node-reference.ts
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InputManifest, NodeManifest } from '../packages/engine/src/workflow/node-manifest.ts'
import { nodeManifestOf } from '../packages/engine/src/definition/node-manifest.ts'
import { nodeDefinitions } from '../packages/nodes/src/definitions/index.ts'
import { coreNodes, coreNodesWithout } from '../packages/server/src/surfaces/comfy/adapters/core-nodes.ts'
import { adapters } from '../packages/server/src/surfaces/comfy/adapters/index.ts'

/** The reference of every node, by category. */
export function nodeReference(): string {
  const nodes = nodeDefinitions.map(nodeManifestOf)
  const categories = [...new Set(nodes.map(({ category }) => category))]
  const sections = categories.map((category) => {
    const own = nodes.filter((node) => node.category === category)
    return `## ${category}\n\n${own.map(section).join('\n')}`
  })
  const intro = `# Nodes\n\nThe ${nodes.length} nodes that come with Patchbay. This page is made from their definitions by \`tools/node-reference.ts\`.\n`
  return `${intro}\n${sections.join('\n')}`
}

/** Which node to use for one that ComfyUI users know: the definitions name those among their aliases. */
export function comfyTable(): string {
  const rows = nodeDefinitions
    .flatMap(({ type, aliases = [] }) => aliases.filter(isClassName).map((alias) => [alias, type] as const))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const lines = rows.map(([alias, type]) => `| ${alias} | [${type}](nodes.md#${type.toLowerCase()}) |`)
  const intro =
    '# Nodes for people who come from ComfyUI\n\nSearching for a name of the left column finds the node of the right. This page is made by `tools/node-reference.ts`.\n'
  return `${intro}\n| ComfyUI | Patchbay |\n| --- | --- |\n${lines.join('\n')}\n\n${coreNodeTables()}`
}

/** Which core nodes the server runs when a workflow of ComfyUI names them, and on which native nodes; and which it does not. */
function coreNodeTables(): string {
  const made = new Map(adapters.map(({ name, parts }) => [name, Object.values(parts).map(({ type }) => type)]))
  const tables = Object.entries(coreNodes).map(([about, names]) => {
    const listed = names.split(' ')
    const rows = listed.flatMap((name) => {
      const on = made.get(name)
      if (!on) return []
      const native =
        on.length === 0
          ? 'what it is linked to'
          : on.map((type) => `[${type}](nodes.md#${type.toLowerCase()})`).join(', ')
      return [`| ${name} | ${native} |`]
    })
    const table = rows.length === 0 ? [] : ['', '| node | runs as |', '| --- | --- |', ...rows]
    return [`### ${about}: ${rows.length} of ${listed.length}`, ...table, ''].join('\n')
  })
  const all = Object.values(coreNodes).flatMap((names) => names.split(' '))
  const covered = all.filter((name) => made.has(name)).length
  const reasons = Object.entries(coreNodesWithout).map(
    ([reason, names]) => `- ${reason}: ${names.split(' ').join(', ')}.`,
  )
  return [
    '## Workflows that are sent as they are',
    '',
    `Of the ${all.length} core nodes that workflows are mostly made of, the server runs ${covered} under their own names.`,
    '',
    ...tables,
    '### Not there',
    '',
    ...reasons,
    '',
  ].join('\n')
}

/** ComfyUI's classes are written in one word with several capitals; other aliases are words that people search by. */
function isClassName(alias: string): boolean {
  return /^(?=.*[a-z])(?=.*[A-Z].*[A-Z])\w+$/.test(alias) || ['Canny'].includes(alias)
}

function section(node: NodeManifest): string {
  const inputs = node.inputs.map(
    (input) => `| ${input.name} | ${typeOf(input)} | ${defaultOf(input)} | ${cell(input.description ?? '')} |`,
  )
  const more = node.dynamicInputs ? [`| any other name | ${node.dynamicInputs.types.join(', ')} | | |`] : []
  const outputs = node.outputs.map(({ name, type, list }) => `${name} (${list ? 'list of ' : ''}${typeName(type)})`)
  const table = ['| input | takes | default | |', '| --- | --- | --- | --- |', ...inputs, ...more]
  return [
    `### ${node.type}`,
    '',
    node.description,
    '',
    ...(inputs.length + more.length > 0 ? [...table, ''] : []),
    outputs.length > 0 ? `Gives ${outputs.join(', ')}.` : 'Gives nothing further: it is the end of a workflow.',
    '',
  ].join('\n')
}

function typeOf(input: InputManifest): string {
  if (input.kind === 'link') {
    const how = [
      input.list ? 'several' : '',
      input.lazy ? 'only when needed' : '',
      input.optional ? 'optional' : '',
    ].filter(Boolean)
    return [input.types.map(typeName).join(' or '), ...how].join(', ')
  }
  const { widget } = input
  switch (widget.type) {
    case 'int':
    case 'float': {
      const end = (value: number) => (Math.abs(value) >= Number.MAX_SAFE_INTEGER ? '' : String(value))
      const range = end(widget.min) === '' && end(widget.max) === '' ? '' : ` ${end(widget.min)} – ${end(widget.max)}`
      return `${widget.type}${range}`
    }
    case 'choice':
      return widget.options.length > 12 ? `one of ${widget.options.length} names` : widget.options.join(' · ')
    case 'file':
      return `file of ${widget.folder}`
    default:
      return widget.type
  }
}

function defaultOf(input: InputManifest): string {
  if (input.kind === 'link' || input.default === '') return ''
  return cell(typeof input.default === 'string' ? input.default : JSON.stringify(input.default))
}

function typeName(type: string): string {
  return type === '*' ? 'anything' : type
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

if (process.argv[1] === import.meta.filename) {
  const docs = join(import.meta.dirname, '../docs')
  writeFileSync(join(docs, 'nodes.md'), nodeReference())
  writeFileSync(join(docs, 'comfyui-nodes.md'), comfyTable())
}
