import type { ArtifactRef, Issue, JobState as EngineJobState, Workflow } from '@patchbay/engine/workflow'
import { expectTypeOf, test } from 'vitest'
import type { Api } from './api.ts'
import type { ApiErrorCode, ApiError, ArtifactRecord, Client, Job, JobDetail, SubmitRequest } from './index.ts'

declare const client: Client
declare const api: Api
declare const document: Workflow

test('an answer has the type that the server describes', () => {
  expectTypeOf(client.jobs.get('j')).resolves.toEqualTypeOf<JobDetail>()
  expectTypeOf(client.jobs.remove('j')).resolves.toEqualTypeOf<void>()
  expectTypeOf<Job['state']>().toEqualTypeOf<EngineJobState>()
  expectTypeOf(api.call('get', '/api/v1/jobs/{id}', { path: { id: 'j' } })).resolves.toEqualTypeOf<JobDetail>()
  expectTypeOf(api.call('delete', '/api/v1/jobs/{id}', { path: { id: 'j' } })).resolves.toEqualTypeOf<undefined>()
})

test('documents, issues and files are those of the engine', () => {
  expectTypeOf<JobDetail['document']>().toEqualTypeOf<Workflow>()
  expectTypeOf<NonNullable<SubmitRequest['document']>>().toEqualTypeOf<Workflow>()
  expectTypeOf<ApiError['issues']>().toEqualTypeOf<readonly Issue[]>()
  expectTypeOf<ArtifactRecord>().toExtend<ArtifactRef>()
})

test('a path, a method, a field or a value that the API does not have does not compile', () => {
  // @ts-expect-error there is no such path
  void api.call('get', '/api/v1/job')
  // @ts-expect-error the queue cannot be deleted
  void api.call('delete', '/api/v1/queue')
  // @ts-expect-error the part of the path is missing
  void api.call('get', '/api/v1/jobs/{id}')
  // @ts-expect-error the query has no such field
  void api.call('get', '/api/v1/jobs', { query: { limit: 3, stat: ['queued'] } })
  // @ts-expect-error a request has no such part
  void api.call('get', '/api/v1/jobs', { parameters: { limit: 3 } })
  // @ts-expect-error the header has another name
  void api.call('post', '/api/v1/jobs', { json: { document }, headers: { 'idempotency-Key': 'k' } })
  // @ts-expect-error the body is missing
  void api.call('post', '/api/v1/validate')
  // @ts-expect-error the body has no such field
  void api.call('post', '/api/v1/validate', { json: { document, target: ['a'] } })
  // @ts-expect-error jobs are in no such state
  void client.jobs.list({ state: ['waiting'] })
  // @ts-expect-error a job moves to the front or the back
  void client.jobs.change('j', { move: 'middle' })
})

test('a field of the query may be undefined, and is then not sent; one of a body may not', () => {
  void api.call('get', '/api/v1/jobs', { query: { limit: undefined } })
  // @ts-expect-error JSON has no undefined
  void client.jobs.submit({ document, name: undefined })
})

test('what a caller gets cannot be changed in place', () => {
  const change = (job: Job): void => {
    // @ts-expect-error an answer is read only
    job.priority = 3
  }
  expectTypeOf(change).toBeFunction()
})

test('the codes of errors are those of the server and two of the client', () => {
  expectTypeOf<'conflict' | 'not-found' | 'unreachable' | 'unexpected-answer'>().toExtend<ApiErrorCode>()
  expectTypeOf<ApiErrorCode>().not.toEqualTypeOf<string>()
})
