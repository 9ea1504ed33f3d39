import { apiPrefix } from '@patchbay/engine/workflow'
import { z } from 'zod'
import { failureCodes } from '../api/failure-status.ts'
import { requests, schemasOfApi } from '../api/index.ts'
import { version } from '../version.ts'
import { type Route, route } from './route.ts'

type Json = { readonly [key: string]: unknown }

/** OpenAPI 3.1 of routes, from the declarations that serve them. */
export function openApiOf(routes: readonly Route[]): Json & { readonly openapi: string } {
  const paths: Record<string, Record<string, Json>> = {}
  for (const declared of routes) {
    const path = `${apiPrefix}${declared.path.replace(/:(\w+)/g, '{$1}').replace(/\*(\w+)/g, '{$1}')}`
    paths[path] = { ...paths[path], [declared.method]: operationOf(declared) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Patchbay',
      version,
      description:
        'Queue workflows, follow them, and fetch what they make. Every refusal has the shape of ApiErrorBody.',
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, {}],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: schemasOfApi(),
      responses: {
        Refusal: {
          description: `Codes: ${failureCodes.join(', ')}.`,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/ApiErrorBody' } } },
        },
      },
    },
  }
}

function operationOf(declared: Route): Json {
  const names = [...declared.path.matchAll(/[:*](\w+)/g)].map((match) => match[1])
  const fromPath = names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
  return {
    tags: [declared.tag],
    summary: declared.summary,
    operationId: operationId(declared),
    parameters: [...fromPath, ...parametersOf('query', declared.query), ...parametersOf('header', declared.headers)],
    ...requestBodyOf(declared),
    responses: {
      [declared.answer ? String(declared.status ?? 200) : '204']: successOf(declared),
      default: { $ref: '#/components/responses/Refusal' },
    },
    'x-role': declared.role ?? 'viewer',
  }
}

function operationId({ method, path }: Route): string {
  const words = path.split(/[/:*]+/).filter(Boolean)
  return [method, ...words.map((word) => word[0]?.toUpperCase() + word.slice(1))].join('')
}

function requestBodyOf({ body, form }: Route): Json {
  const name = body ?? form
  if (!name) return {}
  const schema = { $ref: `#/components/schemas/${name}` }
  const required = !requests[name].safeParse({}).success
  return { requestBody: { required, content: { [body ? 'application/json' : 'multipart/form-data']: { schema } } } }
}

function parametersOf(place: 'query' | 'header', fields: z.ZodType | undefined): Json[] {
  if (!fields) return []
  const { required = [], properties = {} } = z.toJSONSchema(fields, { io: 'input' })
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema,
    // Lists are written as one value with commas.
    ...(typeof schema === 'object' && schema.type === 'array' ? { style: 'form', explode: false } : {}),
  }))
}

function successOf({ answer }: Route): Json {
  if (!answer) return { description: 'Done.' }
  if (answer === 'Bytes') return { description: 'The bytes.', content: { '*/*': {} } }
  if (answer === 'EventStream')
    return {
      description: 'A stream of messages; on an upgrade the same ones come over a WebSocket.',
      content: { 'text/event-stream': { schema: { $ref: '#/components/schemas/ServerMessage' } } },
    }
  return {
    description: answer,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${answer}` } } },
  }
}

/** The description itself. */
export function documentationRoutes(routes: () => readonly Route[]): Route[] {
  return [
    route({
      method: 'get',
      path: '/openapi.json',
      tag: 'system',
      summary: 'This description.',
      answer: 'OpenApi',
      run: () => openApiOf(routes()),
    }),
  ]
}
