import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Response } from 'express'
import { apiPrefix } from '@patchbay/engine/workflow'
import { notFound } from '../../failure.ts'
import { type Route, answered, route } from '../../http/route.ts'

/** What the page loads from this server; nothing comes from anywhere else. */
const served: readonly string[] = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Patchbay API</title>
    <link rel="icon" href="${apiPrefix}/docs/favicon-32x32.png" />
    <link rel="stylesheet" href="${apiPrefix}/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="api"></div>
    <script src="${apiPrefix}/docs/swagger-ui-bundle.js"></script>
    <script src="${apiPrefix}/docs/start.js"></script>
  </body>
</html>
`
/**
 * A file of its own, since the content security policy allows no script in the page. No validator of anybody else is
 * asked.
 */
const start = `SwaggerUIBundle({
  url: '${apiPrefix}/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  docExpansion: 'list',
})
`

/** A page to read and try the API, by Swagger UI. */
export function docsPageRoutes(): Route[] {
  const directory = () => dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  return [
    route({
      method: 'get',
      path: '/docs',
      tag: 'system',
      summary: 'A page to read and try this API.',
      answer: 'Bytes',
      run: ({ response }) => sendText(response, 'text/html', page),
    }),
    route({
      method: 'get',
      path: '/docs/:file',
      tag: 'system',
      summary: 'What that page loads.',
      answer: 'Bytes',
      async run({ params: { file = '' }, response }) {
        if (file === 'start.js') return sendText(response, 'text/javascript', start)
        if (!served.includes(file)) throw notFound('part of the documentation', file)
        await new Promise<void>((resolve, reject) => {
          response.sendFile(join(directory(), file), { maxAge: '1h', dotfiles: 'allow' }, (error?: Error) => {
            if (error) reject(error)
            else resolve()
          })
        })
        return answered
      },
    }),
  ]
}

function sendText(response: Response, type: string, text: string): typeof answered {
  response.type(`${type}; charset=utf-8`).send(text)
  return answered
}
