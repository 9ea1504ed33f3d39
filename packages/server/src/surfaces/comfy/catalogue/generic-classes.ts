import type {
  InputManifest,
  JsonObject,
  NodeManifest,
  OutputManifest,
  ValueInputManifest,
} from '@patchbay/engine/workflow'
import { type ComfyClass, type ComfyInput, widgetTypes } from '../classes/comfy-class.ts'

/** How native socket types are called there; any other keeps its name in upper case. */
const comfyTypes: { readonly [native: string]: string } = {
  '*': '*',
  int: 'INT',
  float: 'FLOAT',
  text: 'STRING',
  toggle: 'BOOLEAN',
  model: 'MODEL',
  'text-encoder': 'CLIP',
  vae: 'VAE',
  latents: 'LATENT',
  image: 'IMAGE',
  audio: 'AUDIO',
  mask: 'MASK',
  conditioning: 'CONDITIONING',
  sigmas: 'SIGMAS',
  sampler: 'SAMPLER',
  noise: 'NOISE',
  guider: 'GUIDER',
  'control-net': 'CONTROL_NET',
  upscaler: 'UPSCALE_MODEL',
  'clip-vision': 'CLIP_VISION',
}
export function comfyTypeOf(native: string): string {
  return Object.hasOwn(comfyTypes, native) ? (comfyTypes[native] ?? '*') : native.toUpperCase().replaceAll('-', '_')
}

/**
 * Every native node under its own name, so that ComfyUI's clients can use what ComfyUI has no counterpart for. `pack`
 * brings it.
 */
export function genericClassOf(manifest: NodeManifest, pack = 'patchbay'): ComfyClass {
  return {
    name: manifest.type,
    displayName: manifest.label,
    description: manifest.description,
    category: `patchbay/${manifest.category}`,
    module: `custom_nodes.${pack}`,
    inputs: manifest.inputs.map(inputOf),
    outputs: manifest.outputs.map(outputOf),
    outputNode: manifest.sideEffect,
    ...(manifest.dynamicInputs ? { takesMore: '' } : {}),
    ...(manifest.inputs.some((input) => input.kind === 'link' && input.list) ? { takesLists: true } : {}),
    parts: {
      main: {
        type: manifest.type,
        version: manifest.version,
        inputs: Object.fromEntries(manifest.inputs.map(({ name }) => [name, { input: name }])),
      },
    },
    slots: manifest.outputs.map(({ name }) => ['main', name] as const),
  }
}

const outputOf = ({ name, type, list }: OutputManifest) => ({ name, type: comfyTypeOf(type), list })

function inputOf(input: InputManifest): ComfyInput {
  const tooltip = input.description === undefined ? {} : { tooltip: input.description }
  if (input.kind === 'link') {
    const type = input.types.map(comfyTypeOf).join(',')
    const { optional, list: several, lazy } = input
    // It takes links alone: a widget would offer a value that no node takes.
    const linked = widgetTypes.includes(type) ? { forceInput: true } : {}
    return {
      name: input.name,
      type,
      options: { ...tooltip, ...(lazy ? { lazy } : {}), ...linked },
      ...(optional ? { optional } : {}),
      ...(several ? { several } : {}),
    }
  }
  const described = { default: input.default, ...tooltip, ...(input.advanced ? { advanced: true } : {}) }
  const left = input.optional === true ? { optional: true } : {}
  return { name: input.name, ...widgetOf(input, described), ...left }
}

function widgetOf({ widget }: ValueInputManifest, options: JsonObject): Omit<ComfyInput, 'name'> {
  switch (widget.type) {
    case 'int':
    case 'float': {
      const { min, max, step, slider } = widget
      const type = widget.type.toUpperCase()
      return { type, options: { ...options, min, max, step, ...(slider ? { display: 'slider' } : {}) } }
    }
    case 'seed':
      return { type: 'INT', options: { ...options, min: 0, max: '18446744073709551615', control_after_generate: true } }
    case 'toggle':
      return { type: 'BOOLEAN', options }
    case 'choice':
      return { type: 'COMBO', choices: widget.options, options }
    case 'file': {
      const upload = widget.folder === 'input' ? { image_upload: true } : {}
      return { type: 'COMBO', folder: widget.folder, options: { ...options, ...upload } }
    }
    case 'text':
      return { type: 'STRING', options: { ...options, multiline: widget.multiline } }
    case 'color':
    case 'workflow':
      return { type: 'STRING', options: { ...options, multiline: false } }
    case 'curve':
    case 'json':
      return {
        type: 'STRING',
        json: true,
        options: { ...options, default: JSON.stringify(options['default']), multiline: true },
      }
  }
}
