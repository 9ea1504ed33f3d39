import type {
  LinkInputManifest,
  NodeInstance,
  NodeManifest,
  OutputManifest,
  RegistryManifest,
  ValueInputManifest,
  Widget,
  Workflow,
} from '@patchbay/engine/workflow'

/** An input with a widget, of the default that the widget's kind has. */
export function valueInput(name: string, widget: Widget, more: Partial<ValueInputManifest> = {}): ValueInputManifest {
  const defaults = {
    int: 0,
    float: 0,
    text: '',
    choice: '',
    toggle: false,
    seed: 0,
    file: '',
    color: '#000000',
    curve: [],
    json: {},
    workflow: '',
  }
  const label = name.charAt(0).toUpperCase() + name.slice(1)
  return { kind: 'value', name, label, types: ['number'], widget, default: defaults[widget.type], schema: {}, ...more }
}

export function linkInput(name: string, type: string, more: Partial<LinkInputManifest> = {}): LinkInputManifest {
  const label = name.charAt(0).toUpperCase() + name.slice(1)
  return { kind: 'link', name, label, types: [type], optional: false, lazy: false, list: false, ...more }
}

export function output(name: string, type: string): OutputManifest {
  return { name, label: name.charAt(0).toUpperCase() + name.slice(1), type, list: false }
}

export function nodeManifest(type: string, more: Partial<NodeManifest> = {}): NodeManifest {
  return {
    type,
    version: 1,
    label: type.replaceAll(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`),
    category: 'tests',
    description: '',
    aliases: [],
    inputs: [],
    outputs: [],
    sideEffect: false,
    ...more,
  }
}

const whole = { type: 'int', min: 0, max: 100, step: 1 } as const

/** A small host: loads a model, encodes a prompt, samples, saves; and a node with every kind of widget. */
export const testManifest: RegistryManifest = {
  nodes: [
    nodeManifest('LoadModel', {
      category: 'loaders',
      aliases: ['checkpoint'],
      inputs: [
        valueInput('file', { type: 'file', folder: 'checkpoints', accept: [] }, { default: 'mini.safetensors' }),
      ],
      outputs: [output('model', 'model')],
    }),
    nodeManifest('EncodeText', {
      category: 'conditioning',
      inputs: [valueInput('text', { type: 'text', multiline: true })],
      outputs: [output('conditioning', 'conditioning')],
    }),
    nodeManifest('Sample', {
      category: 'sampling',
      aliases: ['KSampler'],
      description: 'Turns noise into a picture.',
      inputs: [
        linkInput('model', 'model'),
        linkInput('positive', 'conditioning'),
        valueInput('seed', { type: 'seed' }),
        valueInput('steps', { ...whole, min: 1 }, { default: 20 }),
        valueInput('eta', { type: 'float', min: 0, max: 1, step: 0.1 }, { advanced: true }),
      ],
      outputs: [output('image', 'image')],
    }),
    nodeManifest('BlurImage', {
      category: 'image',
      inputs: [linkInput('image', 'image'), valueInput('radius', { ...whole, slider: true }, { default: 2 })],
      outputs: [output('image', 'image')],
    }),
    nodeManifest('SaveImage', {
      category: 'image',
      inputs: [linkInput('image', 'image'), valueInput('name', { type: 'text', multiline: false })],
      sideEffect: true,
    }),
    nodeManifest('JoinImages', {
      category: 'image',
      inputs: [linkInput('images', 'image', { list: true })],
      outputs: [output('image', 'image')],
    }),
    nodeManifest('LoadImage', {
      category: 'image',
      inputs: [valueInput('file', { type: 'file', folder: 'input', accept: ['image/*'] })],
      outputs: [output('image', 'image'), output('mask', 'mask')],
    }),
  ],
  socketTypes: [
    { name: 'model', label: 'Model', color: '#a16207' },
    { name: 'conditioning', label: 'Conditioning', color: '#1d6fb8' },
    { name: 'image', label: 'Image', color: '#4d7c0f' },
    { name: 'mask', label: 'Mask', color: '#be185d' },
    { name: 'number', label: 'Number', color: '#0f766e' },
  ],
  coercions: [{ from: 'mask', to: 'image' }],
}

export function instance(type: string, more: Partial<NodeInstance> = {}): NodeInstance {
  return { type, version: 1, values: {}, links: {}, ...more }
}

export function workflowOf(nodes: Workflow['nodes'], more: Partial<Workflow> = {}): Workflow {
  return { format: 'patchbay-workflow', version: 1, nodes, ...more }
}

/** Model and prompt into a sampler, its picture saved; every node has its place. */
export const pictureWorkflow: Workflow = workflowOf(
  {
    1: instance('LoadModel'),
    2: instance('EncodeText', { values: { text: 'a red apple' } }),
    3: instance('Sample', {
      values: { seed: 7 },
      links: { model: { node: '1', output: 'model' }, positive: { node: '2', output: 'conditioning' } },
    }),
    4: instance('SaveImage', { links: { image: { node: '3', output: 'image' } } }),
  },
  {
    name: 'Apple',
    layout: {
      nodes: { 1: { x: 0, y: 0 }, 2: { x: 0, y: 200 }, 3: { x: 320, y: 0 }, 4: { x: 640, y: 0 } },
      view: { x: 20, y: 20, zoom: 1 },
    },
  },
)
