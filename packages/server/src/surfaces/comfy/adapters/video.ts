import { adapter, chosenFrom, decimal, fileFrom, integer, onlyWith, socket, textInput, toggleInput } from './declare.ts'

/** Formats of VHS_VideoCombine that have a counterpart. */
const combined = { 'image/gif': 'gif', 'image/webp': 'webp', 'video/h264-mp4': 'mp4', 'video/webm': 'webm' }
const vhs = 'custom_nodes.ComfyUI-VideoHelperSuite'

/** Moving pictures in and out. */
export const videoAdapters = [
  adapter({
    name: 'SaveAnimatedWEBP',
    displayName: 'SaveAnimatedWEBP',
    category: 'image/animation',
    inputs: [
      socket('images', 'IMAGE'),
      textInput('filename_prefix', 'ComfyUI'),
      decimal('fps', 6, 0.01, 1000, 0.01),
      toggleInput('lossless', true),
      integer('quality', 80, 0, 100),
      chosenFrom('method', ['default', 'fastest', 'slowest']),
    ],
    outputs: [],
    outputNode: true,
    is: {
      video: ['FramesToVideo', { image: 'images', fps: 'fps' }],
      main: [
        'SaveVideo',
        {
          video: { part: 'video', output: 'video' },
          name: 'filename_prefix',
          lossless: 'lossless',
          quality: 'quality',
          rounding: { value: 'down' },
        },
      ],
    },
  }),
  adapter({
    name: 'CreateVideo',
    displayName: 'Create Video',
    category: 'image/video',
    inputs: [socket('images', 'IMAGE'), decimal('fps', 30, 1, 120, 1)],
    outputs: [['VIDEO', 'video']],
    is: ['FramesToVideo', { image: 'images', fps: 'fps' }],
  }),
  adapter({
    name: 'GetVideoComponents',
    displayName: 'Get Video Components',
    category: 'image/video',
    inputs: [socket('video', 'VIDEO')],
    outputs: [
      ['IMAGE', 'image', 'images'],
      ['AUDIO', null, 'audio'],
      ['FLOAT', 'fps', 'fps'],
    ],
    is: ['VideoToFrames', { video: 'video' }],
  }),
  adapter({
    name: 'LoadVideo',
    displayName: 'Load Video',
    category: 'image/video',
    inputs: [fileFrom('file', 'input', { video_upload: true })],
    outputs: [['VIDEO', 'video']],
    is: ['LoadVideo', { file: 'file' }],
  }),
  adapter({
    name: 'SaveVideo',
    displayName: 'Save Video',
    category: 'image/video',
    inputs: [
      socket('video', 'VIDEO'),
      textInput('filename_prefix', 'video/ComfyUI'),
      chosenFrom('format', ['auto', 'mp4']),
      chosenFrom('codec', ['auto', 'h264']),
    ],
    outputs: [],
    outputNode: true,
    is: ['SaveVideo', { video: 'video', name: 'filename_prefix', format: ['format', { auto: 'mp4' }] }],
  }),
  adapter({
    name: 'VHS_VideoCombine',
    displayName: 'Video Combine',
    category: 'Video Helper Suite',
    module: vhs,
    inputs: [
      socket('images', 'IMAGE'),
      decimal('frame_rate', 8, 1, 240, 1),
      integer('loop_count', 0, 0, 100),
      textInput('filename_prefix', 'AnimateDiff'),
      chosenFrom('format', Object.keys(combined)),
      onlyWith(toggleInput('pingpong', false), false),
      toggleInput('save_output', true),
    ],
    outputs: [['VHS_FILENAMES', null, 'Filenames']],
    outputNode: true,
    is: {
      video: ['FramesToVideo', { image: 'images', fps: 'frame_rate' }],
      main: [
        'SaveVideo',
        {
          video: { part: 'video', output: 'video' },
          name: 'filename_prefix',
          loops: 'loop_count',
          format: ['format', combined],
          temporary: ['save_output', { true: false, false: true }],
          rounding: { value: 'down' },
        },
      ],
    },
  }),
]
