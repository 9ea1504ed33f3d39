import { emptyLatents } from './empty-latents.ts'
import { vaeDecode } from './vae-decode.ts'
import { vaeEncode } from './vae-encode.ts'

export const latentNodes = [emptyLatents, vaeDecode, vaeEncode]
