import { type Request, type RequestHandler, text } from 'express'
import { jsonLimits, parseJson } from '@patchbay/engine/workflow'
import { createWriting } from '../json-writing.ts'
import { Failure } from '../failure.ts'

const isMultipart = (request: { headers: Request['headers'] }): boolean =>
  /^multipart\//i.test(request.headers['content-type'] ?? '')

/**
 * Reads a JSON body exactly (64-bit seeds stay what they are), however it is labelled; multipart is left to its route.
 * `python` also reads what Python's clients write. With `keepWriting`, `writingsOf` says afterwards how its numbers and
 * keys were written.
 */
export function jsonBody(limitBytes: number, { keepWriting = false, python = false } = {}): RequestHandler[] {
  return [
    text({ type: (request) => !isMultipart(request as Request), limit: limitBytes, defaultCharset: 'utf-8' }),
    (request, response, next) => {
      const body: unknown = request.body
      if (typeof body === 'string') {
        if (body.trim() === '') request.body = undefined
        else {
          const writing = keepWriting ? createWriting() : undefined
          const parsed = parseJson(body, { ...jsonLimits, length: limitBytes, python }, writing)
          if (!parsed.ok) {
            const place = `line ${parsed.line}, column ${parsed.column}`
            throw new Failure('not-json', `The body is not JSON (${place}): ${parsed.message}`, {
              hint: 'Send one JSON value: texts and keys in double quotes, no comma after the last entry, no comments.',
            })
          }
          request.body = parsed.value
          if (writing) response.locals['writing'] = writing
        }
      }
      next()
    },
  ]
}

/** A body that changes state must say that it is JSON: a form or a beacon of a foreign page cannot. */
export const requireJson: RequestHandler = (request, _response, next) => {
  const hasBody = request.headers['content-length'] !== undefined && request.headers['content-length'] !== '0'
  const changes = !['GET', 'HEAD', 'OPTIONS'].includes(request.method)
  if (changes && (hasBody || request.headers['transfer-encoding'] !== undefined) && !isMultipart(request)) {
    if (!/^application\/(json|[\w.-]+\+json)(;|$)/i.test(request.headers['content-type'] ?? '')) {
      throw new Failure('wrong-content-type', 'The body must be JSON.', {
        hint: 'Send "Content-Type: application/json".',
      })
    }
  }
  next()
}
