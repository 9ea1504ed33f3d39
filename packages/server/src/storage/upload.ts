import type { IncomingMessage } from 'node:http'
import busboy from 'busboy'
import { Failure } from '../jobs/failure.ts'

export interface Upload {
  readonly file: { readonly name: string; readonly bytes: Buffer }
  readonly fields: { readonly [name: string]: string }
}

/** Reads one file and its text fields from a multipart form, up to a size; which field holds the file does not matter. */
export function readUpload(request: IncomingMessage, limitBytes: number): Promise<Upload> {
  return new Promise((resolve, reject) => {
    let form: busboy.Busboy
    try {
      form = busboy({
        headers: request.headers,
        defParamCharset: 'utf8',
        preservePath: true,
        limits: { fileSize: limitBytes, files: 1, fields: 20, fieldSize: 65_536, parts: 25 },
      })
    } catch {
      throw new Failure('wrong-content-type', 'Send the file as multipart/form-data.')
    }
    const fields: Record<string, string> = Object.create(null)
    const chunks: Buffer[] = []
    let name: string | undefined
    const fail = (failure: Failure) => {
      request.unpipe(form)
      request.resume()
      reject(failure)
    }
    const unreadable = (): void => {
      fail(new Failure('invalid-request', 'The multipart form cannot be read, or it ends too early.'))
    }
    form.on('field', (field, value) => {
      fields[field] = value
    })
    form.on('file', (_field, stream, { filename }) => {
      name = filename || 'upload'
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      // A form that ends within its file: without a listener this would end the server.
      stream.on('error', unreadable)
      stream.on('limit', () => {
        fail(
          new Failure('too-large', `A file may have at most ${String(Math.floor(limitBytes / 1_048_576))} MiB.`, {
            hint: 'Put larger files into the folder of the server itself, or let it download them.',
          }),
        )
      })
    })
    form.on('error', unreadable)
    form.on('close', () => {
      if (name === undefined) fail(new Failure('invalid-request', 'The form holds no file.'))
      else resolve({ file: { name, bytes: Buffer.concat(chunks) }, fields })
    })
    request.on('aborted', () => reject(new Failure('invalid-request', 'The upload was cut short.')))
    request.pipe(form)
  })
}
