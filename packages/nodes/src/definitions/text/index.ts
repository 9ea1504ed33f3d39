export { formatText } from './format-text.ts'
export { joinText } from './join-text.ts'
export { plainPrompt } from './plain-prompt.ts'
export { replaceText } from './replace-text.ts'
