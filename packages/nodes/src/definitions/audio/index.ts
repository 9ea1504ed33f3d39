export { loadAudio } from './load-audio.ts'
export { previewAudio } from './preview-audio.ts'
export { saveAudio } from './save-audio.ts'
export { speak } from './speak.ts'
