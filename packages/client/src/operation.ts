import type { paths } from './generated/api.ts'

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** The paths of the API that have this method. */
export type PathWith<M extends Method> = {
  [Path in keyof paths]: paths[Path] extends { readonly [K in M]: object } ? Path : never
}[keyof paths]

/** What the description says of one method of one path. */
export type Operation<M extends Method, Path extends PathWith<M>> = paths[Path][M]

/** Fields that may be missing may be undefined too: such a one is not sent. */
type Sparse<Fields> = { readonly [Name in keyof Fields]: Fields[Name] | undefined }

type PathOf<O> = O extends { parameters: { path: infer Path } } ? { readonly path: Path } : unknown
type QueryOf<O> = O extends { parameters: { query: infer Query } }
  ? { readonly query: Query }
  : O extends { parameters: { query?: infer Query } }
    ? [Query] extends [undefined]
      ? unknown
      : { readonly query?: Sparse<NonNullable<Query>> }
    : unknown
type HeadersOf<O> = O extends { parameters: { header?: infer Header } }
  ? [Header] extends [undefined]
    ? unknown
    : { readonly headers?: Sparse<NonNullable<Header>> }
  : unknown

type ContentOf<Body> = Body extends { content: { 'application/json': infer Json } }
  ? { readonly json: Json }
  : Body extends { content: { 'multipart/form-data': infer Form } }
    ? { readonly form: Form }
    : never
type BodyOf<O> = O extends { requestBody: infer Body }
  ? ContentOf<Body>
  : O extends { requestBody?: infer Body }
    ? [Body] extends [undefined]
      ? unknown
      : Partial<ContentOf<NonNullable<Body>>>
    : unknown

/** What a request of this operation is made of: the parts of its path, its query, its headers and its body. */
export type RequestOf<O> = PathOf<O> &
  QueryOf<O> &
  HeadersOf<O> &
  BodyOf<O> & {
    /** Gives the request up. */
    readonly signal?: AbortSignal | undefined
  }

type SuccessOf<Responses> = Responses[keyof Responses & (200 | 201 | 202)]
/** The JSON that comes back; nothing where the operation answers 204. */
export type AnswerOf<O> = O extends { responses: infer Responses }
  ? Responses extends { 204: unknown }
    ? undefined
    : SuccessOf<Responses> extends { content: { 'application/json': infer Json } }
      ? Json
      : never
  : never
