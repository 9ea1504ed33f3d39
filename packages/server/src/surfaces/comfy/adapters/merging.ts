import { adapter, decimal, socket, textInput } from './declare.ts'

const share = (name: string) => decimal(name, 1, 0, 1, 0.01)
const both = [socket('model1', 'MODEL'), socket('model2', 'MODEL')]
// A share is of the first model there, of the second here.
const models = { first: 'model2', second: 'model1' } as const

/** Models between two others, and checkpoints written. */
export const mergingAdapters = [
  adapter({
    name: 'ModelMergeSimple',
    displayName: 'ModelMergeSimple',
    category: 'model/merging',
    inputs: [...both, share('ratio')],
    outputs: [['MODEL', 'model']],
    is: ['MergeModels', { ...models, input: 'ratio', middle: 'ratio', output: 'ratio' }],
  }),
  adapter({
    name: 'ModelMergeBlocks',
    displayName: 'ModelMergeBlocks',
    category: 'model/merging',
    inputs: [...both, share('input'), share('middle'), share('out')],
    outputs: [['MODEL', 'model']],
    is: ['MergeModels', { ...models, input: 'input', middle: 'middle', output: 'out' }],
  }),
  adapter({
    name: 'CLIPMergeSimple',
    displayName: 'CLIPMergeSimple',
    category: 'model/merging',
    inputs: [socket('clip1', 'CLIP'), socket('clip2', 'CLIP'), share('ratio')],
    outputs: [['CLIP', 'textEncoder']],
    is: ['MergeTextEncoders', { first: 'clip2', second: 'clip1', share: 'ratio' }],
  }),
  adapter({
    name: 'ModelMergeAdd',
    displayName: 'ModelMergeAdd',
    category: 'model/merging',
    inputs: both,
    outputs: [['MODEL', 'model']],
    is: ['AddModels', { first: 'model1', second: 'model2', ofFirst: { value: 1 }, ofSecond: { value: 1 } }],
  }),
  adapter({
    name: 'ModelMergeSubtract',
    displayName: 'ModelMergeSubtract',
    category: 'model/merging',
    inputs: [...both, decimal('multiplier', 1, -10, 10, 0.01)],
    outputs: [['MODEL', 'model']],
    is: [
      'AddModels',
      {
        first: 'model1',
        second: 'model2',
        ofFirst: 'multiplier',
        ofSecond: { input: 'multiplier', as: 'negative' },
      },
    ],
  }),
  adapter({
    name: 'CheckpointSave',
    displayName: 'Save Checkpoint',
    category: 'model/merging',
    inputs: [
      socket('model', 'MODEL'),
      socket('clip', 'CLIP'),
      socket('vae', 'VAE'),
      textInput('filename_prefix', 'checkpoints/ComfyUI'),
    ],
    outputs: [],
    outputNode: true,
    is: ['SaveCheckpoint', { model: 'model', textEncoder: 'clip', vae: 'vae', name: 'filename_prefix' }],
  }),
]
