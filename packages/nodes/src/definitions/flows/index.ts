export { flowDecode } from './flow-decode.ts'
export { flowEncode } from './flow-encode.ts'
export { sampleFlow } from './sample-flow.ts'
