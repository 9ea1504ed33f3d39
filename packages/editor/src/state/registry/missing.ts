import {
  isNodeLink,
  subWorkflowPrefix,
  type JsonValue,
  type Link,
  type NodeInstance,
  type NodeManifest,
  type Workflow,
} from '@patchbay/engine/workflow'
import { modelSources, type ModelSource } from './model-sources.ts'
import type { Registry } from './registry.ts'
import { nearest } from './similarity.ts'

/** A node type that the server does not have, with those it has that are named like it. */
export interface MissingType {
  readonly type: string
  readonly count: number
  readonly near: readonly NodeManifest[]
}
/** A file that nodes name and that is not in its folder. */
export interface MissingFile {
  readonly folder: string
  readonly name: string
  readonly count: number
  /** Files of the folder that may take its place, best first. */
  readonly near: readonly string[]
  readonly source: ModelSource | undefined
}
export interface Missing {
  readonly types: readonly MissingType[]
  readonly files: readonly MissingFile[]
}

type Nodes = Workflow['nodes']
const nodesOf = (workflow: Workflow): NodeInstance[] =>
  [workflow.nodes, ...Object.values(workflow.workflows ?? {}).map((sub) => sub.nodes)].flatMap((nodes) =>
    Object.values(nodes),
  )

/** The folders whose files the workflow's nodes name. */
export function foldersIn(workflow: Workflow, registry: Registry): string[] {
  return [...new Set(fileValues(workflow, registry).map(({ folder }) => folder))]
}

function fileValues(workflow: Workflow, registry: Registry): { folder: string; name: string }[] {
  return nodesOf(workflow).flatMap((node) =>
    (registry.node(node.type)?.inputs ?? []).flatMap((input) => {
      if (input.kind !== 'value' || input.widget.type !== 'file' || input.name in node.links) return []
      const name = node.values[input.name] ?? input.default
      return typeof name === 'string' && name !== '' ? [{ folder: input.widget.folder, name }] : []
    }),
  )
}

/** What the workflow names and the server does not have. Folders that are not known yet miss nothing. */
export function missingIn(
  workflow: Workflow,
  registry: Registry,
  folders: { readonly [folder: string]: readonly string[] },
): Missing {
  if (registry.manifest.nodes.length === 0) return { types: [], files: [] }
  const types = new Map<string, number>()
  for (const { type } of nodesOf(workflow)) {
    if (type.startsWith(subWorkflowPrefix) || registry.node(type)) continue
    types.set(type, (types.get(type) ?? 0) + 1)
  }
  const files = new Map<string, { folder: string; name: string; count: number }>()
  for (const { folder, name } of fileValues(workflow, registry)) {
    if (folders[folder]?.includes(name) ?? true) continue
    const key = `${folder}/${name}`
    files.set(key, { folder, name, count: (files.get(key)?.count ?? 0) + 1 })
  }
  const sources = modelSources(workflow)
  return {
    types: [...types].map(([type, count]) => ({
      type,
      count,
      near: nearest(type, registry.manifest.nodes, (node) => [node.type, node.label, ...node.aliases]),
    })),
    files: [...files.values()].map((file) => ({
      ...file,
      near: nearFile(file.name, folders[file.folder] ?? []),
      source: sources.find(({ name }) => name === file.name || name === base(file.name)),
    })),
  }
}

const base = (name: string): string => name.slice(name.lastIndexOf('/') + 1)
const stem = (name: string): string => base(name).replace(/\.\w+$/, '')

/** Files named alike; where none is, all of a folder that holds only a few. */
function nearFile(wanted: string, there: readonly string[]): readonly string[] {
  const near = nearest(stem(wanted), there, (name) => [stem(name)])
  return near.length === 0 && there.length <= 3 ? there : near
}

function inEveryGraph(workflow: Workflow, change: (nodes: Nodes) => Nodes): Workflow {
  const { workflows } = workflow
  return {
    ...workflow,
    nodes: change(workflow.nodes),
    ...(workflows
      ? {
          workflows: Object.fromEntries(
            Object.entries(workflows).map(([name, sub]) => [name, { ...sub, nodes: change(sub.nodes) }]),
          ),
        }
      : {}),
  }
}

const mapped = <Value, Result>(
  record: { readonly [key: string]: Value },
  change: (value: Value, key: string) => Result,
): { [key: string]: Result } =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]))

/** The workflow with another file wherever one was named. */
export function replaceFile(
  workflow: Workflow,
  registry: Registry,
  { folder, name }: Pick<MissingFile, 'folder' | 'name'>,
  by: string,
): Workflow {
  return inEveryGraph(workflow, (nodes) =>
    mapped(nodes, (node) => {
      const inputs = (registry.node(node.type)?.inputs ?? []).filter(
        (input) =>
          input.kind === 'value' &&
          input.widget.type === 'file' &&
          input.widget.folder === folder &&
          (node.values[input.name] ?? input.default) === name,
      )
      if (inputs.length === 0) return node
      const values: { [input: string]: JsonValue } = { ...node.values }
      for (const input of inputs) values[input.name] = by
      return { ...node, values }
    }),
  )
}

/**
 * The workflow with every node of a type made one of another. Values and links of inputs that both have stay; what went
 * out of the node goes out of the output of the same name, or of the only one there is.
 */
export function replaceType(workflow: Workflow, type: string, by: NodeManifest): Workflow {
  const [only] = by.outputs.length === 1 ? by.outputs : []
  return inEveryGraph(workflow, (nodes) => {
    const known = <Value>(record: { readonly [input: string]: Value }): { [input: string]: Value } =>
      Object.fromEntries(Object.entries(record).filter(([name]) => by.inputs.some((input) => input.name === name)))
    const relinked = (link: Link): Link => {
      if (!isNodeLink(link) || nodes[link.node]?.type !== type) return link
      const output = by.outputs.find((one) => one.name === link.output) ?? only
      return output ? { ...link, output: output.name } : link
    }
    return mapped(nodes, (node) => {
      const links = mapped(node.links, (link) => (isList(link) ? link.map(relinked) : relinked(link)))
      return node.type === type
        ? { ...node, type: by.type, version: by.version, values: known(node.values), links: known(links) }
        : { ...node, links }
    })
  })
}

function isList(link: Link | readonly Link[]): link is readonly Link[] {
  return Array.isArray(link)
}
