import {
  given,
  type InputManifest,
  type NodeManifest,
  type OutputManifest,
  type RegistryManifest,
} from '../workflow/index.ts'
import type { AnyNodeDefinition } from './define-node.ts'
import type { Output } from './node-declaration.ts'
import type { Input, LinkInput } from './input.ts'
import type { Registry } from './registry.ts'
import { labelOf } from './socket-type.ts'

/** Everything a registry offers, as plain JSON. */
export function manifestOf(registry: Registry): RegistryManifest {
  return {
    nodes: [...registry.nodes.values()].map(nodeManifestOf),
    socketTypes: [...registry.socketTypes.values()].map(({ name, label, description, color }) => ({
      name,
      label,
      color,
      ...given({ description }),
    })),
    coercions: registry.coercions.map(({ from, to }) => ({ from: from.name, to: to.name })),
  }
}

/** What the editor, the API and the documentation know of a definition. */
export function nodeManifestOf(definition: AnyNodeDefinition): NodeManifest {
  const { type, version, dynamicInputs, deprecated, experimental } = definition
  return {
    type,
    version,
    label: definition.label ?? labelOf(type),
    category: definition.category ?? 'other',
    description: definition.description ?? '',
    aliases: definition.aliases ?? [],
    inputs: Object.entries(definition.inputs).map(([name, input]) => inputManifestOf(name, input)),
    outputs: Object.entries(definition.outputs).map(([name, output]) => outputManifestOf(name, output)),
    sideEffect: definition.sideEffect ?? false,
    ...(dynamicInputs && {
      dynamicInputs: {
        types: namesIn(dynamicInputs.each),
        ...given({ min: dynamicInputs.min, max: dynamicInputs.max }),
      },
    }),
    ...given({ deprecated, experimental }),
  }
}

function inputManifestOf(name: string, input: Input): InputManifest {
  const base = {
    name,
    label: input.label ?? labelLike(name, input.types),
    ...given({ description: input.description }),
    types: namesIn(input),
  }
  if (input.kind === 'link') {
    return { ...base, kind: 'link', optional: input.optional, lazy: input.lazy, list: input.list }
  }
  return {
    ...base,
    kind: 'value',
    widget: input.widget,
    default: input.default,
    schema: input.schema,
    ...given({ advanced: input.advanced, optional: input.optional }),
  }
}

function outputManifestOf(name: string, output: Output): OutputManifest {
  const list = 'listOf' in output
  const type = list ? output.listOf : output
  return { name, label: labelLike(name, [type]), type: type.name, list }
}

/** A name in words; written as its socket type is where they are the same word, so that a VAE stays one. */
function labelLike(name: string, types: readonly { readonly label: string }[]): string {
  const label = labelOf(name)
  return types.find((type) => type.label.toLowerCase() === label.toLowerCase())?.label ?? label
}

function namesIn(input: Input | LinkInput): readonly string[] {
  return input.types.map((type) => type.name)
}
