export type {
  ArtifactQuery,
  Client,
  ClientOptions,
  ExportedWorkflow,
  ImportedWorkflow,
  JobList,
  JobQuery,
  SubmitOptions,
} from './client.ts'
export { createClient } from './client.ts'
export { ApiError } from './http.ts'
export type { ConnectionState, Live, LiveOptions, SocketConstructor, SocketLike } from './live.ts'
