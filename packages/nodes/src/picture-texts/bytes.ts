/** Latin-1 (ISO 8859-1), one character a byte; `TextDecoder` knows this name for Windows-1252 alone. */
export function latin1Of(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return text
}

/** The bytes of a text of Latin-1 characters. */
export function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    result.set(part, at)
    at += part.length
  }
  return result
}

/** The bytes compressed, with the platform's own streams, which Node and browsers share. */
export async function compressed(bytes: Uint8Array, format: 'deflate' | 'gzip'): Promise<Uint8Array> {
  return read(new Blob([bytes]).stream().pipeThrough(new CompressionStream(format)), Infinity)
}

/** The bytes unpacked. Throws a RangeError as soon as they are more than `limit`, and a TypeError for damaged ones. */
export async function unpacked(bytes: Uint8Array, format: 'deflate' | 'gzip', limit: number): Promise<Uint8Array> {
  return read(new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format)), limit)
}

async function read(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const reader = stream.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length
    if (length > limit) {
      await reader.cancel()
      throw new RangeError(`The text takes more than ${limit} bytes`)
    }
    parts.push(part.value)
  }
  return joined(parts)
}
