import type { IncomingMessage } from 'node:http'
import busboy from 'busboy'
import { Failure } from '../failure.ts'

export interface Upload {
  readonly file: { readonly name: string; readonly bytes: Buffer }
  readonly fields: { readonly [name: string]: string }
}

export interface Form {
  readonly files: readonly { readonly field: string; readonly name: string; readonly bytes: Buffer }[]
  readonly fields: Upload['fields']
}

/**
 * Reads one file and its text fields from a multipart form, up to a size; which field holds the file does not matter.
 */
export async function readUpload(request: IncomingMessage, limitBytes: number): Promise<Upload> {
  const { files, fields } = await readForm(request, limitBytes, 1)
  const [file] = files
  if (!file) throw new Failure('invalid-request', 'The form holds no file.')
  return { file, fields }
}

/** Reads the files and text fields of a multipart form; each file up to a size, and of the files the first so many. */
export function readForm(request: IncomingMessage, limitBytes: number, most: number): Promise<Form> {
  return new Promise((resolve, reject) => {
    let form: busboy.Busboy
    try {
      form = busboy({
        headers: request.headers,
        defParamCharset: 'utf8',
        preservePath: true,
        limits: { fileSize: limitBytes, files: most, fields: 20, fieldSize: 65_536, parts: 25 },
      })
    } catch {
      throw new Failure('wrong-content-type', 'Send the file as multipart/form-data.')
    }
    const fields: Record<string, string> = Object.create(null)
    const files: { field: string; name: string; chunks: Buffer[] }[] = []
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
    form.on('file', (field, stream, { filename }) => {
      const chunks: Buffer[] = []
      files.push({ field, name: filename || 'upload', chunks })
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      // A form that ends within its file: without a listener this would end the server.
      stream.on('error', unreadable)
      stream.on('limit', () => {
        fail(
          new Failure('too-large', `A file may have at most ${Math.floor(limitBytes / 1_048_576)} MiB.`, {
            hint: 'Put larger files into the folder of the server itself, or let it download them.',
          }),
        )
      })
    })
    form.on('error', unreadable)
    form.on('close', () => {
      resolve({ files: files.map(({ chunks, ...file }) => ({ ...file, bytes: Buffer.concat(chunks) })), fields })
    })
    request.on('aborted', () => reject(new Failure('invalid-request', 'The upload was cut short.')))
    request.pipe(form)
  })
}
