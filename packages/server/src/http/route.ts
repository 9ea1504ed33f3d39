import { type Request, type Response, type Router as ExpressRouter, Router } from 'express'
import type { Role } from '../api/api-types.ts'
import type { z } from 'zod'
import type { Access } from '../auth/access.ts'
import { Failure } from '../failure.ts'
import { accessOf } from './current-access.ts'
import { type Answer, type AnswerName, type RequestBody, type RequestName, requests } from '../api/index.ts'

/** A route that answered by itself returns this. */
export const answered = Object.freeze({ type: 'answered' as const })

export interface RouteRequest<BodyName extends RequestName | undefined, Query, Headers> {
  readonly params: { readonly [name: string]: string }
  readonly body: BodyName extends RequestName ? RequestBody<BodyName> : undefined
  readonly query: Query
  readonly headers: Headers
  readonly access: Access
  readonly request: Request
  readonly response: Response
  /** Aborted when the asker goes away. */
  readonly signal: AbortSignal
}
/** What a route may give back: its declared answer; nothing where it declares none; or it has answered by itself. */
type Given<Name extends RouteAnswer | undefined> = Name extends AnswerName
  ? Answer<Name>
  : Name extends 'Bytes' | 'EventStream'
    ? typeof answered
    : undefined
/** A JSON answer by its name, a file, or a stream of events. */
export type RouteAnswer = AnswerName | 'Bytes' | 'EventStream'

export interface RouteDeclaration<
  BodyName extends RequestName | undefined,
  Query extends z.ZodType,
  Headers extends z.ZodType,
  Name extends RouteAnswer | undefined = RouteAnswer | undefined,
> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** In Express's notation, below `/api/v1`. */
  readonly path: string
  readonly tag: string
  /** One sentence for the reference. */
  readonly summary: string
  /** Who may call it; reading is a viewer's right unless said otherwise. */
  readonly role?: Role
  readonly query?: Query
  /** Headers that it reads, by their names in lower case. */
  readonly headers?: Headers
  /** What comes in as JSON. */
  readonly body?: BodyName
  /** What comes in as a multipart form, which the route reads by itself. */
  readonly form?: RequestName
  readonly status?: number
  /** What comes back; absent for 204. */
  readonly answer?: Name
  run(
    request: RouteRequest<BodyName, z.output<Query>, z.output<Headers>>,
  ): Given<Name> | Promise<Given<Name>> | (Name extends undefined ? void | Promise<void> : never)
}
export interface Route extends Omit<RouteDeclaration<RequestName, z.ZodType, z.ZodType>, 'run'> {
  readonly serve: (request: Request, response: Response) => Promise<void>
}

/** One declaration of a route: what it takes is checked by it, and the API description is made of it. */
export function route<
  BodyName extends RequestName | undefined = undefined,
  Query extends z.ZodType = z.ZodUndefined,
  Headers extends z.ZodType = z.ZodUndefined,
  Name extends RouteAnswer | undefined = undefined,
>(declaration: RouteDeclaration<BodyName, Query, Headers, Name>): Route {
  const { run, body, ...described } = declaration
  const role = declaration.role ?? (declaration.method === 'get' ? 'viewer' : 'owner')
  return {
    ...described,
    ...(body === undefined ? {} : { body }),
    role,
    async serve(request, response) {
      const access = accessOf(response)
      if (role === 'owner' && access.role !== 'owner') {
        throw new Failure('forbidden-role', 'A viewer may look but not change anything.', {
          hint: 'Use the owner token.',
        })
      }
      const gone = new AbortController()
      response.on('close', () => gone.abort())
      const answer = await run({
        params: paramsOf(request),
        body: read(body && requests[body], request.body, 'body') as RouteRequest<BodyName, unknown, unknown>['body'],
        query: read(declaration.query, { ...request.query }, 'query') as z.output<Query>,
        headers: read(declaration.headers, { ...request.headers }, 'header') as z.output<Headers>,
        access,
        request,
        response,
        signal: gone.signal,
      })
      if (answer === answered) return
      if (answer === undefined) response.status(204).end()
      else response.status(declaration.status ?? 200).json(answer)
    },
  }
}

export function createRouter(routes: readonly Route[]): ExpressRouter {
  const router = Router()
  for (const { method, path, serve } of routes) router[method](path, serve)
  return router
}

/** Wildcard parameters come as lists of decoded segments. */
function paramsOf(request: Request): { [name: string]: string } {
  const params: { [name: string]: string | string[] } = request.params
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, Array.isArray(value) ? value.join('/') : value]),
  )
}

function read(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (!schema) return undefined
  const result = schema.safeParse(value ?? {})
  if (result.success) return result.data
  const wrong = result.error.issues
    .slice(0, 20)
    .map(({ path, message }) => `${[where, ...path.map(String)].join('.')}: ${message}`)
  throw new Failure('invalid-request', wrong.join('; '), { hint: 'See /api/v1/docs for what this route takes.' })
}
