import {
  canConnect,
  subWorkflowPrefix,
  type InputManifest,
  type NodeInstance,
  type NodeManifest,
  type OutputManifest,
  type RegistryManifest,
  type SubWorkflow,
  type Workflow,
} from '@patchbay/engine/workflow'

/** What the host offers, indexed for drawing and linking. */
export interface Registry {
  readonly manifest: RegistryManifest
  readonly node: (type: string) => NodeManifest | undefined
  readonly colorOf: (socketType: string) => string
  readonly labelOf: (socketType: string) => string
  /** Undefined when the output fits, else why not, in words. */
  readonly refusal: (output: string, input: readonly string[]) => string | undefined
}

const anyColor = '#9aa4b2'

export function createRegistry(manifest: RegistryManifest): Registry {
  const nodes = new Map(manifest.nodes.map((node) => [node.type, node]))
  const sockets = new Map(manifest.socketTypes.map((socket) => [socket.name, socket]))
  const labelOf = (name: string): string => sockets.get(name)?.label ?? (name === '*' ? 'any' : name)
  return {
    manifest,
    node: (type) => nodes.get(type),
    colorOf: (name) => sockets.get(name)?.color ?? anyColor,
    labelOf,
    refusal: (output, input) => {
      const connection = canConnect(output, input, manifest.coercions)
      return connection.ok ? undefined : connection.reason
    },
  }
}

export const emptyRegistry: Registry = createRegistry({ nodes: [], socketTypes: [], coercions: [] })

/**
 * The manifest of a node of the document: that of its definition, or one derived from the sub-workflow it stands for.
 */
export function manifestOfNode(
  registry: Registry,
  workflow: Pick<Workflow, 'workflows'>,
  instance: Pick<NodeInstance, 'type'>,
): NodeManifest | undefined {
  if (!instance.type.startsWith(subWorkflowPrefix)) return registry.node(instance.type)
  const name = instance.type.slice(subWorkflowPrefix.length)
  const sub = workflow.workflows?.[name]
  if (!sub || deriving.has(sub)) return undefined
  deriving.add(sub)
  try {
    return derivedManifest(registry, workflow, instance.type, name, sub)
  } finally {
    deriving.delete(sub)
  }
}

const derived = new WeakMap<SubWorkflow, { registry: Registry; manifest: NodeManifest }>()
/**
 * Those whose manifests are being derived: one that holds itself, as a file may have it, has no sockets of its own
 * making.
 */
const deriving = new Set<SubWorkflow>()

function derivedManifest(
  registry: Registry,
  workflow: Pick<Workflow, 'workflows'>,
  type: string,
  name: string,
  sub: SubWorkflow,
): NodeManifest {
  const known = derived.get(sub)
  if (known?.registry === registry && known.manifest.type === type) return known.manifest
  const inputs = Object.entries(sub.inputs).flatMap(([input, { like, label, value }]): InputManifest[] => {
    const inner = sub.nodes[like.node]
    const declared = inner && manifestOfNode(registry, workflow, inner)?.inputs.find((one) => one.name === like.input)
    if (!declared) return []
    const named = { ...declared, name: input, label: label ?? declared.label }
    return [named.kind === 'value' && value !== undefined ? { ...named, default: value } : named]
  })
  const outputs = Object.entries(sub.outputs).flatMap(([output, from]): OutputManifest[] => {
    const inner = sub.nodes[from.node]
    const declared = inner && manifestOfNode(registry, workflow, inner)?.outputs.find((one) => one.name === from.output)
    return declared ? [{ ...declared, name: output, label: from.label ?? declared.label }] : []
  })
  const sideEffect = Object.values(sub.nodes).some((inner) => manifestOfNode(registry, workflow, inner)?.sideEffect)
  const manifest: NodeManifest = {
    type,
    version: 1,
    label: sub.label ?? name,
    category: 'sub-workflow',
    description: sub.description ?? '',
    aliases: [],
    inputs,
    outputs,
    sideEffect,
  }
  derived.set(sub, { registry, manifest })
  return manifest
}

/** The input that an output passes through when its node is bypassed: the first linked one of a fitting type. */
export function passThrough(manifest: NodeManifest, instance: NodeInstance, output: string): string | undefined {
  const type = manifest.outputs.find((one) => one.name === output)?.type
  if (type === undefined) return undefined
  return manifest.inputs.find((input) => input.name in instance.links && input.types.includes(type))?.name
}
