import { adapter, fileFrom, socket, textInput } from './declare.ts'

/** Sounds in and out. What is saved is WAV, where ComfyUI saves FLAC. */
export const audioAdapters = [
  adapter({
    name: 'LoadAudio',
    displayName: 'Load Audio',
    category: 'audio',
    inputs: [fileFrom('audio', 'input', { audio_upload: true })],
    outputs: [['AUDIO', 'audio']],
    is: ['LoadAudio', { file: 'audio' }],
  }),
  adapter({
    name: 'SaveAudio',
    displayName: 'Save Audio',
    category: 'audio',
    inputs: [socket('audio', 'AUDIO'), textInput('filename_prefix', 'audio/ComfyUI')],
    outputs: [],
    outputNode: true,
    is: ['SaveAudio', { audio: 'audio', name: 'filename_prefix' }],
  }),
  adapter({
    name: 'PreviewAudio',
    displayName: 'Preview Audio',
    category: 'audio',
    inputs: [socket('audio', 'AUDIO')],
    outputs: [],
    outputNode: true,
    is: ['PreviewAudio', { audio: 'audio' }],
  }),
]
