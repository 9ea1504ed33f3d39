import { apiPrefix } from '@patchbay/engine/workflow'
import { z } from 'zod'
import { failureStatus } from '../failure.ts'
import { version } from '../version.ts'
import { answerSchemas } from './answers/index.ts'
import { type Route, route } from './route.ts'

type Json = { readonly [key: string]: unknown }

/** OpenAPI 3.1 of routes, from the declarations that serve them. */
export function openApiOf(routes: readonly Route[]): Json & { readonly openapi: string } {
  const paths: Record<string, Record<string, Json>> = {}
  const bodies: Record<string, Json> = {}
  for (const declared of routes) {
    if (declared.body) Object.assign(bodies, bodySchemasOf(declared, declared.body))
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
      schemas: { ...answerSchemas(), ...bodies },
      responses: {
        Refusal: {
          description: `Codes: ${Object.keys(failureStatus).join(', ')}.`,
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
    parameters: [...fromPath, ...queryParameters(declared.query)],
    ...(declared.body || declared.consumes ? { requestBody: requestBodyOf(declared) } : {}),
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

/** The body of an operation, and what its schema refers to, each under a name of its own in the whole description. */
function bodySchemasOf(declared: Route, body: z.ZodType): Record<string, Json> {
  const name = bodyName(declared)
  const inComponents = JSON.stringify(z.toJSONSchema(body, { io: 'input' })).replaceAll(
    '#/$defs/',
    `#/components/schemas/${name}`,
  )
  const { $defs = {}, ...schema } = JSON.parse(inComponents) as Json & { readonly $defs?: Record<string, Json> }
  const parts = Object.entries($defs).map(([key, definition]) => [`${name}${key}`, definition])
  return { [name]: schema, ...(Object.fromEntries(parts) as Record<string, Json>) }
}
const bodyName = (declared: Route): string => `${operationId(declared)}Body`

function requestBodyOf(declared: Route): Json {
  const { body, consumes } = declared
  const content = body
    ? { 'application/json': { schema: { $ref: `#/components/schemas/${bodyName(declared)}` } } }
    : { [consumes ?? '']: { schema: { type: 'object', properties: { file: { type: 'string', format: 'binary' } } } } }
  return { required: true, content }
}

function queryParameters(query: z.ZodType | undefined): Json[] {
  if (!query) return []
  const schema = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' })
  const required = new Set(schema.required ?? [])
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    in: 'query',
    required: required.has(name),
    schema: property,
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
