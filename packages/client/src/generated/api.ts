// Written by tools/api-types.ts from the server's description of itself. Do not edit.
import type * as engine from '@patchbay/engine/workflow'
export interface paths {
  readonly '/api/v1/jobs': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** Jobs, newest first. */
    readonly get: operations['getJobs']
    readonly put?: never
    /** Queue a document or a saved workflow; header Idempotency-Key makes repeating it safe, traceparent names its trace. */
    readonly post: operations['postJobs']
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/jobs/{id}': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** One job with its document, artifacts and timeline; with `wait`, when it has ended or the time is over. */
    readonly get: operations['getJobsId']
    readonly put?: never
    readonly post?: never
    /** Forget a job that has ended. */
    readonly delete: operations['deleteJobsId']
    readonly options?: never
    readonly head?: never
    /** Change a queued job's priority or place. */
    readonly patch: operations['patchJobsId']
    readonly trace?: never
  }
  readonly '/api/v1/jobs/{id}/events': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** The kept events of a job after a number, up to 1,000 at a time. */
    readonly get: operations['getJobsIdEvents']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/jobs/{id}/cancel': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly get?: never
    readonly put?: never
    /** End a job that waits or runs. */
    readonly post: operations['postJobsIdCancel']
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/jobs/{id}/retry': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly get?: never
    readonly put?: never
    /** Queue a job that has ended once more. */
    readonly post: operations['postJobsIdRetry']
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/jobs/prune': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly get?: never
    readonly put?: never
    /** Forget old jobs, and remove the kept files that no job refers to; nothing asked, the rule of the server. */
    readonly post: operations['postJobsPrune']
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/queue': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** How much waits and runs, and on what. */
    readonly get: operations['getQueue']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/queue/pause': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly get?: never
    readonly put?: never
    /** Start no further job. */
    readonly post: operations['postQueuePause']
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/queue/resume': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly get?: never
    readonly put?: never
    /** Start jobs again. */
    readonly post: operations['postQueueResume']
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/queue/clear': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly get?: never
    readonly put?: never
    /** Cancel everything that waits. */
    readonly post: operations['postQueueClear']
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/workflows': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** Saved workflows, the last changed first. */
    readonly get: operations['getWorkflows']
    readonly put?: never
    /** Save a new workflow. */
    readonly post: operations['postWorkflows']
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/workflows/{id}': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** A saved workflow, its newest version or the one asked for. */
    readonly get: operations['getWorkflowsId']
    /** Save a new version; refused when there is a newer one than `basedOn`. */
    readonly put: operations['putWorkflowsId']
    readonly post?: never
    /** Delete a workflow with all its versions. */
    readonly delete: operations['deleteWorkflowsId']
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/workflows/{id}/versions': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** Its versions, newest first. */
    readonly get: operations['getWorkflowsIdVersions']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/workflows/{id}/arguments': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** What a run by id may be given as `parameters`: names, types, widgets, and what holds otherwise. */
    readonly get: operations['getWorkflowsIdArguments']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/workflows/{id}/diff': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** What two versions differ in: nodes, values, links, and apart from them the layout. */
    readonly get: operations['getWorkflowsIdDiff']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/validate': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly get?: never
    readonly put?: never
    /** Everything that is wrong with a document, and what its nodes will take, without queueing it. */
    readonly post: operations['postValidate']
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/templates': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** The workflows that ship, the one to start with first, then those of node packs. */
    readonly get: operations['getTemplates']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/node-packs/style.css': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** The style sheets of node packs, one after the other, for the editor. */
    readonly get: operations['getNode-packsStyle.css']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/artifacts': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** Kept files, newest first. */
    readonly get: operations['getArtifacts']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/artifacts/{hash}': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** The bytes of a kept file; ranges work, and it never changes. */
    readonly get: operations['getArtifactsHash']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/artifacts/{hash}/thumbnail': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** A small WebP of a kept picture. */
    readonly get: operations['getArtifactsHashThumbnail']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/artifacts/{hash}/workflow': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** The workflow that a picture carries. */
    readonly get: operations['getArtifactsHashWorkflow']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/uploads': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly get?: never
    readonly put?: never
    /** Keep a picture or weights for use as an input: a multipart form with `file`, and `folder` (input). */
    readonly post: operations['postUploads']
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/files/{folder}': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** What a file widget may choose in `input`, `output` or a model folder. */
    readonly get: operations['getFilesFolder']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/files/{folder}/{name}': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** The bytes of a file in `input` or `output`. */
    readonly get: operations['getFilesFolderName']
    readonly put?: never
    readonly post?: never
    /** Remove a file from `input`. */
    readonly delete: operations['deleteFilesFolderName']
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/models': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** The model folders. */
    readonly get: operations['getModels']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/models/{folder}': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** The files of a model folder. */
    readonly get: operations['getModelsFolder']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/models/{folder}/{name}': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** What the header of a model file says, and its hash. */
    readonly get: operations['getModelsFolderName']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/downloads': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** Downloads of model files since the server started, newest first. */
    readonly get: operations['getDownloads']
    readonly put?: never
    /** Fetch a model file from a public address, or a hub as hf:owner/name/file; resumes, and checks the hash. */
    readonly post: operations['postDownloads']
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/downloads/{id}': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly get?: never
    readonly put?: never
    readonly post?: never
    /** Stop a download; what has come is kept to go on from. */
    readonly delete: operations['deleteDownloadsId']
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/nodes': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** Every node, socket type and conversion that the server has. */
    readonly get: operations['getNodes']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/node-packs/reload': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly get?: never
    readonly put?: never
    /** Load the node packs again, also those that were put into a folder of packs since; answers once they are. */
    readonly post: operations['postNode-packsReload']
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/system': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** The machine, the queue, the devices and the node packs. */
    readonly get: operations['getSystem']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/events': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** Events as server-sent events (or, on an upgrade, a WebSocket), after a number and then as they happen. */
    readonly get: operations['getEvents']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/settings': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** All settings. */
    readonly get: operations['getSettings']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    /** Change some settings; the others stay. */
    readonly patch: operations['patchSettings']
    readonly trace?: never
  }
  readonly '/api/v1/settings/{key}': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly get?: never
    readonly put?: never
    readonly post?: never
    /** Remove a setting. */
    readonly delete: operations['deleteSettingsKey']
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/openapi.json': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** This description. */
    readonly get: operations['getOpenapi.json']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/docs': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** A page to read and try this API. */
    readonly get: operations['getDocs']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/docs/{file}': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    /** What that page loads. */
    readonly get: operations['getDocsFile']
    readonly put?: never
    readonly post?: never
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/workflows/import': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly get?: never
    readonly put?: never
    /** Turns a workflow of ComfyUI, as it is saved or as it is posted, or the text of settings beside a picture of AUTOMATIC1111, into one of ours, without running it. */
    readonly post: operations['postWorkflowsImport']
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
  readonly '/api/v1/workflows/export': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly get?: never
    readonly put?: never
    /** Turns one of our documents into a workflow of ComfyUI: as its editor saves it, or with `to: 'api'` as it is posted. */
    readonly post: operations['postWorkflowsExport']
    readonly delete?: never
    readonly options?: never
    readonly head?: never
    readonly patch?: never
    readonly trace?: never
  }
}
export type webhooks = Record<string, never>
export interface components {
  schemas: {
    /** @description What a client may send over the socket. Each `subscribe` replaces the one before. */
    readonly ClientMessage: {
      /** @constant */
      readonly type: 'subscribe'
      /** @description Replay everything kept after this number first. */
      readonly after?: number
      /** @description Only these jobs; absent means all. */
      readonly jobs?: readonly string[]
      /** @description Also send previews as binary frames. */
      readonly previews?: boolean
    }
    readonly DownloadRequest: {
      /** Format: uri */
      readonly url: string
      readonly folder: string
      readonly name?: string
      /** @description A file that differs is removed. */
      readonly sha256?: string
    }
    readonly ExportRequest: {
      readonly document: components['schemas']['UntrustedDocument']
      /**
       * @default editor
       * @enum {string}
       */
      readonly to?: 'editor' | 'api'
    }
    readonly ImportRequest: {
      /** @description As ComfyUI saves it, or as it is posted; or, as a text, the settings that AUTOMATIC1111 writes beside a picture. */
      readonly source: components['schemas']['JsonValue']
    }
    /** @description A new place in the queue. */
    readonly JobPatch: {
      readonly priority?: number
      readonly move?:
        | ('front' | 'back')
        | {
            readonly before: string
          }
        | {
            readonly after: string
          }
    }
    /** @description What of the past is kept; a bound that is missing does not hold. Without any bound, the server's rule holds. */
    readonly PruneRequest: {
      /** @description Keep so many jobs that have ended, the newest. */
      readonly keepJobs?: number
      /** @description Keep those that ended within so many days. */
      readonly keepDays?: number
      /** @description Keep the newest whose files take no more than this together. */
      readonly keepBytes?: number
      /** @description Only count what would go. */
      readonly dryRun?: boolean
    }
    readonly SaveWorkflowRequest: {
      readonly document: components['schemas']['UntrustedDocument']
      readonly name?: string
      readonly message?: string
      /** @description The version that was edited; a newer one on the server is answered with 409 rather than overwritten. */
      readonly basedOn?: number
    }
    readonly SettingChanges: {
      readonly [key: string]: components['schemas']['JsonValue']
    }
    readonly SubmitRequest: {
      /** @description A workflow document; or give `workflow`. */
      readonly document?: components['schemas']['UntrustedDocument']
      /** @description A saved workflow; or give `document`. */
      readonly workflow?: {
        readonly id: string
        readonly version?: number
      }
      /** @description Values by the workflow's parameter names. */
      readonly parameters?: {
        readonly [key: string]: components['schemas']['JsonValue']
      }
      /** @description Run only what these nodes need. */
      readonly targets?: readonly string[]
      readonly batch?: components['schemas']['Batch']
      readonly name?: string
      readonly priority?: number
      /** @description Before all queued jobs of the same priority. */
      readonly front?: boolean
      readonly onCrash?: components['schemas']['CrashPolicy']
      /** @description For nodes of which the document says nothing. */
      readonly onFailure?: {
        /** @description How often a node that fails is tried again first. */
        readonly retries?: number
        /**
         * @description `stop`: the run has failed. `skip`: what could not be made is left out, of a list that one element.
         * @enum {string}
         */
        readonly then?: 'stop' | 'skip'
      }
      /** @description Called with the job, signed, when it ends. */
      readonly webhook?: {
        /** Format: uri */
        readonly url: string
        readonly secret?: string
      }
    }
    /** @description A workflow document of this version or an older one. */
    readonly UntrustedDocument: engine.Workflow
    readonly UploadForm: {
      /** Format: binary */
      readonly file: Blob
      /** @constant */
      readonly folder?: 'input'
      /** @description Absent, the file's own. */
      readonly name?: string
    }
    readonly ValidateRequest: {
      readonly document: components['schemas']['UntrustedDocument']
      readonly targets?: readonly string[]
    }
    /** @description A file that a job kept. */
    readonly ArtifactRecord: {
      readonly hash: string
      readonly name: string
      readonly mime: string
      readonly bytes: number
      /** @enum {string} */
      readonly kind: 'image' | 'audio' | 'video' | 'latents' | 'weights' | 'table' | 'text' | 'file'
      readonly width?: number
      readonly height?: number
      /** @description In the folder of passing files, which is emptied when the host starts. */
      readonly temporary?: boolean
      readonly job: string
      readonly node: string
      /** @description Milliseconds since 1970. */
      readonly createdAt: number
      /** @description The path on the server that the bytes are read from. */
      readonly url: string
      /** @description The path on the server of a small picture. */
      readonly thumbnailUrl?: string
    }
    readonly ArtifactRef: engine.ArtifactRef
    /** @description Many jobs from one document. */
    readonly Batch: {
      /** @description Axes inside a group advance together (and have the same length); groups multiply. */
      readonly groups?: readonly (readonly components['schemas']['BatchAxis'][])[]
      /** @description How often each combination runs. */
      readonly count?: number
      /** @description A seed that rises by one for each repeat. */
      readonly vary?: components['schemas']['ValueTarget']
    }
    readonly BatchAxis: {
      readonly target: components['schemas']['ValueTarget']
      readonly values: readonly components['schemas']['JsonValue'][]
    }
    /**
     * @description What to do with a running job when its process dies: run it again (default), or mark it failed.
     * @enum {string}
     */
    readonly CrashPolicy: 'requeue' | 'fail'
    readonly DeviceStatus: {
      readonly name: string
      /** @enum {string} */
      readonly state: 'starting' | 'idle' | 'busy' | 'stopping' | 'failed'
      readonly job?: string
      readonly processId?: number
      readonly memoryBytes?: number
      /** @description Milliseconds since 1970. */
      readonly startedAt?: number
      /** @description How often its runner process had to be replaced. */
      readonly restarts: number
      /** @description Why it is not ready, and what may help. */
      readonly message?: string
    }
    /** @description A file that a `file` widget may choose. */
    readonly FileRecord: {
      readonly folder: string
      /** @description Relative to its folder, with `/` between parts. */
      readonly name: string
      readonly bytes: number
      /** @description Milliseconds since 1970. */
      readonly modifiedAt: number
      readonly mime?: string
      readonly width?: number
      readonly height?: number
    }
    readonly Issue: engine.Issue
    /** @description A change of a job that is not an event of its run. */
    readonly JobEvent:
      | {
          /** @constant */
          readonly type: 'job-queued'
          readonly job: components['schemas']['Job']
        }
      | {
          /** @constant */
          readonly type: 'job-started'
          readonly device: string
          readonly attempt: number
        }
      | {
          /** @constant */
          readonly type: 'job-requeued'
          readonly reason: string
        }
      | {
          /** @constant */
          readonly type: 'job-changed'
          readonly priority: number
        }
      | {
          /** @constant */
          readonly type: 'job-succeeded'
          /** @description What the run gave, by name; a kept picture as `sha256`, `url` and size. */
          readonly results?: components['schemas']['Settings']
          /** @description The values that it used: parameters by name, and seeds. */
          readonly used?: components['schemas']['Settings']
        }
      | {
          /** @constant */
          readonly type: 'job-failed'
          readonly error: components['schemas']['RunErrorReport']
          /** @description What the run gave, by name; a kept picture as `sha256`, `url` and size. */
          readonly results?: components['schemas']['Settings']
          /** @description The values that it used: parameters by name, and seeds. */
          readonly used?: components['schemas']['Settings']
        }
      | {
          /** @constant */
          readonly type: 'job-cancelled'
        }
      | {
          /** @constant */
          readonly type: 'job-deleted'
        }
    /** @description Something happened to a job. One without `seq` (progress) is passing: only the newest matters. */
    readonly JobMessage: {
      /** @constant */
      readonly type: 'job'
      readonly job: string
      /** @description Present where the event is kept: it can be replayed from any number, and numbers rise across all jobs. */
      readonly seq?: number
      /** @description Milliseconds since 1970. */
      readonly at: number
      readonly event: components['schemas']['JobEvent'] | components['schemas']['WireRunEvent']
    }
    /** @enum {string} */
    readonly JobState: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'
    readonly JsonObject: engine.JsonObject
    readonly JsonValue: engine.JsonValue
    readonly ModelFolder: {
      readonly name: string
      readonly files: number
    }
    /** @description What a node takes to run. What is not known is missing. */
    readonly NodeEstimate: engine.NodeEstimate
    /**
     * @description A viewer reads; an owner also changes.
     * @enum {string}
     */
    readonly Role: 'owner' | 'viewer'
    readonly RunErrorReport: engine.RunErrorReport
    /** @description One node's time on a lane. */
    readonly TimelineEntry: {
      readonly node: string
      /** @description Milliseconds since the start of the job. */
      readonly start: number
      readonly end: number
      readonly lane?: string
      /** @description The runner's resident memory at the end. */
      readonly memoryBytes?: number
      /** @enum {string} */
      readonly outcome: 'finished' | 'reused' | 'failed' | 'blocked'
    }
    /** @description Where a value goes: a named parameter of the workflow, or an input of a node. */
    readonly ValueTarget:
      | string
      | {
          readonly node: string
          readonly input: string
        }
    readonly Widget: engine.Widget
    /** @description An event of a run. */
    readonly WireRunEvent: engine.WireRunEvent
    readonly Workflow: engine.Workflow
    /** @description A named argument of a saved workflow. */
    readonly WorkflowArgument: {
      readonly name: string
      readonly node: string
      readonly label?: string
      readonly input: string
      readonly description?: string
      /** @description Names of socket types; `*` where the node is not known here. */
      readonly types: readonly string[]
      /** @description What holds when it is not given. */
      readonly value?: components['schemas']['JsonValue']
      /** @description How it may be asked for, with range or choices. */
      readonly widget?: components['schemas']['Widget']
    }
    readonly WorkflowSummary: {
      readonly id: string
      readonly name: string
      readonly description?: string
      readonly tags: readonly string[]
      /** @description The newest version; the first is 1. */
      readonly version: number
      /** @description Milliseconds since 1970. */
      readonly createdAt: number
      /** @description Milliseconds since 1970. */
      readonly updatedAt: number
    }
    /** @description A workflow that ships, to begin with. */
    readonly WorkflowTemplate: {
      readonly id: string
      readonly document: components['schemas']['Workflow']
    }
    readonly WorkflowVersion: {
      readonly version: number
      /** @description Milliseconds since 1970. */
      readonly createdAt: number
      readonly message?: string
      /** @description Content hash of the canonical document. */
      readonly hash: string
    }
    /** @description What every answer of 400 and above carries. */
    readonly ApiErrorBody: {
      readonly error: {
        /**
         * @description For programs: it stays when the words change.
         * @enum {string}
         */
        readonly code:
          | 'invalid-request'
          | 'invalid-workflow'
          | 'not-json'
          | 'unauthorized'
          | 'forbidden-origin'
          | 'forbidden-host'
          | 'forbidden-path'
          | 'forbidden-role'
          | 'forbidden-address'
          | 'not-found'
          | 'method-not-allowed'
          | 'conflict'
          | 'key-reused'
          | 'too-large'
          | 'wrong-content-type'
          | 'wrong-file-type'
          | 'not-satisfiable'
          | 'queue-full'
          | 'too-many-requests'
          | 'internal'
          | 'unavailable'
          | 'storage-full'
        /** @description What is wrong and where. */
        readonly message: string
        /** @description The way out. */
        readonly hint?: string
        readonly issues?: readonly components['schemas']['Issue'][]
        /** @description Names this request in the server's log. */
        readonly requestId?: string
      }
    }
    readonly ArtifactList: {
      readonly artifacts: readonly components['schemas']['ArtifactRecord'][]
    }
    readonly Cleared: {
      readonly cancelled: number
    }
    readonly Download: {
      readonly id: string
      readonly url: string
      readonly folder: string
      readonly name: string
      /** @enum {string} */
      readonly state: 'running' | 'succeeded' | 'failed' | 'cancelled'
      readonly receivedBytes: number
      readonly totalBytes?: number
      readonly error?: string
    }
    readonly Downloads: {
      readonly downloads: readonly components['schemas']['Download'][]
    }
    readonly ExportedWorkflow: {
      /** @description As ComfyUI's editor saves it, or as it is posted. */
      readonly workflow: components['schemas']['Settings']
      /** @description What could not be said in it, a sentence each. */
      readonly problems: readonly string[]
    }
    readonly FileList: {
      readonly files: readonly components['schemas']['FileRecord'][]
    }
    readonly ImportedWorkflow: {
      readonly document: components['schemas']['Workflow']
      /** @description What has no counterpart here and stands in the document under its own name, a sentence each. */
      readonly problems: readonly string[]
    }
    /** @description One queued run of a workflow. Times are milliseconds since 1970. */
    readonly Job: {
      readonly id: string
      /** @description Counts submissions; rises by one for each job. */
      readonly number: number
      readonly state: components['schemas']['JobState']
      readonly name?: string
      /** @description Who submitted it; jobs of one owner share that owner's turn. */
      readonly owner: string
      /** @description Higher runs first. */
      readonly priority: number
      /** @description Present when it runs a saved workflow. */
      readonly workflow?: {
        readonly id: string
        readonly version: number
      }
      readonly batch?: {
        readonly id: string
        readonly index: number
        readonly count: number
      }
      /** @description Milliseconds since 1970. */
      readonly createdAt: number
      /** @description Milliseconds since 1970. */
      readonly startedAt?: number
      /** @description Milliseconds since 1970. */
      readonly finishedAt?: number
      /** @description How often it was started; more than 1 after a crash or a retry. */
      readonly attempts: number
      /** @description 1 is next; only while queued. */
      readonly position?: number
      /** @description Expected time of its end, from earlier runs of like size; only while queued or running. */
      readonly expectedAt?: number
      readonly nodes?: {
        readonly total: number
        readonly finished: number
      }
      readonly error?: components['schemas']['RunErrorReport']
      readonly artifacts: number
      /** @description The name of the device it ran on. */
      readonly device?: string
    }
    /** @description A job with its document and what it left. */
    readonly JobDetail: {
      readonly id: string
      /** @description Counts submissions; rises by one for each job. */
      readonly number: number
      readonly state: components['schemas']['JobState']
      readonly name?: string
      /** @description Who submitted it; jobs of one owner share that owner's turn. */
      readonly owner: string
      /** @description Higher runs first. */
      readonly priority: number
      /** @description Present when it runs a saved workflow. */
      readonly workflow?: {
        readonly id: string
        readonly version: number
      }
      readonly batch?: {
        readonly id: string
        readonly index: number
        readonly count: number
      }
      /** @description Milliseconds since 1970. */
      readonly createdAt: number
      /** @description Milliseconds since 1970. */
      readonly startedAt?: number
      /** @description Milliseconds since 1970. */
      readonly finishedAt?: number
      /** @description How often it was started; more than 1 after a crash or a retry. */
      readonly attempts: number
      /** @description 1 is next; only while queued. */
      readonly position?: number
      /** @description Expected time of its end, from earlier runs of like size; only while queued or running. */
      readonly expectedAt?: number
      readonly nodes?: {
        readonly total: number
        readonly finished: number
      }
      readonly error?: components['schemas']['RunErrorReport']
      readonly artifacts: number
      /** @description The name of the device it ran on. */
      readonly device?: string
      readonly document: components['schemas']['Workflow']
      readonly targets?: readonly string[]
      readonly files: readonly components['schemas']['ArtifactRecord'][]
      readonly timeline: readonly components['schemas']['TimelineEntry'][]
      readonly warnings: readonly components['schemas']['JobWarning'][]
      /** @description What its run gave, by name; a kept picture as `sha256`, `url` and size. */
      readonly results?: components['schemas']['Settings']
      /** @description The values that its run used: parameters by name, and seeds. */
      readonly used?: components['schemas']['Settings']
    }
    /** @description What a node warned of while it ran. The job went on. */
    readonly JobWarning: {
      readonly node: string
      /** @description What the result is not, and how to mend it. */
      readonly message: string
    }
    readonly JobEvents: {
      readonly events: readonly components['schemas']['JobMessage'][]
      readonly next: number
    }
    readonly JobList: {
      readonly jobs: readonly components['schemas']['Job'][]
      readonly total: number
    }
    readonly ModelDetail: {
      readonly folder: string
      /** @description Relative to its folder, with `/` between parts. */
      readonly name: string
      readonly bytes: number
      /** @description Milliseconds since 1970. */
      readonly modifiedAt: number
      readonly mime?: string
      readonly width?: number
      readonly height?: number
      readonly hash: string
      /** @description The header's metadata, as the file has it. */
      readonly metadata: components['schemas']['Settings']
      readonly tensors?: number
    }
    readonly ModelFolders: {
      readonly folders: readonly components['schemas']['ModelFolder'][]
    }
    readonly OpenApi: {
      readonly openapi: string
    } & {
      readonly [key: string]: unknown
    }
    readonly PruneResponse: {
      readonly jobs: number
      /** @description Kept files that no job refers to any more. */
      readonly files: number
      readonly bytes: number
    }
    readonly QueueStatus: {
      readonly paused: boolean
      readonly queued: number
      readonly running: number
      /** @description Submissions past this many queued jobs are refused with 429. */
      readonly capacity: number
      readonly devices: readonly components['schemas']['DeviceStatus'][]
    }
    readonly RegistryManifest: engine.RegistryManifest
    /** @description What a server sends over the socket or the stream of events. */
    readonly ServerMessage:
      | {
          /** @constant */
          readonly type: 'hello'
          /** @description The newest number at the time of connecting. */
          readonly seq: number
          /** @description Differs when the database is another one, so that old numbers mean nothing. */
          readonly store: string
          readonly version: string
        }
      | components['schemas']['JobMessage']
      | {
          /** @constant */
          readonly type: 'queue'
          readonly queue: components['schemas']['QueueStatus']
        }
      | {
          /** @constant */
          readonly type: 'error'
          readonly error: {
            /**
             * @description For programs: it stays when the words change.
             * @enum {string}
             */
            readonly code:
              | 'invalid-request'
              | 'invalid-workflow'
              | 'not-json'
              | 'unauthorized'
              | 'forbidden-origin'
              | 'forbidden-host'
              | 'forbidden-path'
              | 'forbidden-role'
              | 'forbidden-address'
              | 'not-found'
              | 'method-not-allowed'
              | 'conflict'
              | 'key-reused'
              | 'too-large'
              | 'wrong-content-type'
              | 'wrong-file-type'
              | 'not-satisfiable'
              | 'queue-full'
              | 'too-many-requests'
              | 'internal'
              | 'unavailable'
              | 'storage-full'
            /** @description What is wrong and where. */
            readonly message: string
            /** @description The way out. */
            readonly hint?: string
            readonly issues?: readonly components['schemas']['Issue'][]
            /** @description Names this request in the server's log. */
            readonly requestId?: string
          }
        }
    readonly Settings: {
      readonly [key: string]: components['schemas']['JsonValue']
    }
    readonly SubmitResponse: {
      readonly jobs: readonly components['schemas']['Job'][]
      /** @description Present when the submission was a batch. */
      readonly batch?: string
      readonly warnings: readonly components['schemas']['Issue'][]
      /** @description An earlier request with the same idempotency key made these jobs. */
      readonly repeated?: boolean
    }
    readonly SystemStatus: {
      readonly version: string
      readonly platform: string
      readonly node: string
      readonly memory: {
        readonly totalBytes: number
        readonly freeBytes: number
        readonly serverBytes: number
      }
      readonly queue: components['schemas']['QueueStatus']
      readonly role: components['schemas']['Role']
      /** @description With the reason where one could not be loaded. */
      readonly nodePacks: readonly {
        readonly name: string
        readonly nodes: number
        readonly error?: string
        /** @description What is wrong with it though it was loaded. */
        readonly warnings?: readonly string[]
      }[]
    }
    readonly TemplateList: {
      readonly templates: readonly components['schemas']['WorkflowTemplate'][]
    }
    readonly UploadResponse: {
      readonly folder: string
      /** @description Relative to its folder, with `/` between parts. */
      readonly name: string
      readonly bytes: number
      /** @description Milliseconds since 1970. */
      readonly modifiedAt: number
      readonly mime?: string
      readonly width?: number
      readonly height?: number
      readonly hash: string
    }
    readonly ValidateResponse: {
      readonly ok: boolean
      readonly issues: readonly components['schemas']['Issue'][]
      /** @description Of those nodes that can tell what they take, in the order in which they run; none of a document with an error. */
      readonly estimates: readonly components['schemas']['NodeEstimate'][]
    }
    readonly WorkflowArguments: {
      readonly arguments: readonly components['schemas']['WorkflowArgument'][]
    }
    readonly WorkflowDiff: engine.WorkflowDiff
    readonly WorkflowDocument: {
      readonly document: components['schemas']['Workflow']
    }
    readonly WorkflowList: {
      readonly workflows: readonly components['schemas']['WorkflowSummary'][]
    }
    readonly WorkflowRecord: {
      readonly id: string
      readonly name: string
      readonly description?: string
      readonly tags: readonly string[]
      /** @description The newest version; the first is 1. */
      readonly version: number
      /** @description Milliseconds since 1970. */
      readonly createdAt: number
      /** @description Milliseconds since 1970. */
      readonly updatedAt: number
      readonly document: components['schemas']['Workflow']
    }
    readonly WorkflowVersions: {
      readonly versions: readonly components['schemas']['WorkflowVersion'][]
    }
  }
  responses: {
    /** @description Codes: invalid-request, invalid-workflow, not-json, unauthorized, forbidden-origin, forbidden-host, forbidden-path, forbidden-role, forbidden-address, not-found, method-not-allowed, conflict, key-reused, too-large, wrong-content-type, wrong-file-type, not-satisfiable, queue-full, too-many-requests, internal, unavailable, storage-full. */
    readonly Refusal: {
      headers: {
        readonly [name: string]: unknown
      }
      content: {
        readonly 'application/json': components['schemas']['ApiErrorBody']
      }
    }
  }
  parameters: never
  requestBodies: never
  headers: never
  pathItems: never
}
export type ClientMessage = components['schemas']['ClientMessage']
export type DownloadRequest = components['schemas']['DownloadRequest']
export type ExportRequest = components['schemas']['ExportRequest']
export type ImportRequest = components['schemas']['ImportRequest']
export type JobPatch = components['schemas']['JobPatch']
export type PruneRequest = components['schemas']['PruneRequest']
export type SaveWorkflowRequest = components['schemas']['SaveWorkflowRequest']
export type SettingChanges = components['schemas']['SettingChanges']
export type SubmitRequest = components['schemas']['SubmitRequest']
export type UntrustedDocument = components['schemas']['UntrustedDocument']
export type UploadForm = components['schemas']['UploadForm']
export type ValidateRequest = components['schemas']['ValidateRequest']
export type ArtifactRecord = components['schemas']['ArtifactRecord']
export type ArtifactRef = components['schemas']['ArtifactRef']
export type Batch = components['schemas']['Batch']
export type BatchAxis = components['schemas']['BatchAxis']
export type CrashPolicy = components['schemas']['CrashPolicy']
export type DeviceStatus = components['schemas']['DeviceStatus']
export type FileRecord = components['schemas']['FileRecord']
export type Issue = components['schemas']['Issue']
export type JobEvent = components['schemas']['JobEvent']
export type JobMessage = components['schemas']['JobMessage']
export type JobState = components['schemas']['JobState']
export type JsonObject = components['schemas']['JsonObject']
export type JsonValue = components['schemas']['JsonValue']
export type ModelFolder = components['schemas']['ModelFolder']
export type NodeEstimate = components['schemas']['NodeEstimate']
export type Role = components['schemas']['Role']
export type RunErrorReport = components['schemas']['RunErrorReport']
export type TimelineEntry = components['schemas']['TimelineEntry']
export type ValueTarget = components['schemas']['ValueTarget']
export type Widget = components['schemas']['Widget']
export type WireRunEvent = components['schemas']['WireRunEvent']
export type Workflow = components['schemas']['Workflow']
export type WorkflowArgument = components['schemas']['WorkflowArgument']
export type WorkflowSummary = components['schemas']['WorkflowSummary']
export type WorkflowTemplate = components['schemas']['WorkflowTemplate']
export type WorkflowVersion = components['schemas']['WorkflowVersion']
export type ApiErrorBody = components['schemas']['ApiErrorBody']
export type ArtifactList = components['schemas']['ArtifactList']
export type Cleared = components['schemas']['Cleared']
export type Download = components['schemas']['Download']
export type Downloads = components['schemas']['Downloads']
export type ExportedWorkflow = components['schemas']['ExportedWorkflow']
export type FileList = components['schemas']['FileList']
export type ImportedWorkflow = components['schemas']['ImportedWorkflow']
export type Job = components['schemas']['Job']
export type JobDetail = components['schemas']['JobDetail']
export type JobWarning = components['schemas']['JobWarning']
export type JobEvents = components['schemas']['JobEvents']
export type JobList = components['schemas']['JobList']
export type ModelDetail = components['schemas']['ModelDetail']
export type ModelFolders = components['schemas']['ModelFolders']
export type OpenApi = components['schemas']['OpenApi']
export type PruneResponse = components['schemas']['PruneResponse']
export type QueueStatus = components['schemas']['QueueStatus']
export type RegistryManifest = components['schemas']['RegistryManifest']
export type ServerMessage = components['schemas']['ServerMessage']
export type Settings = components['schemas']['Settings']
export type SubmitResponse = components['schemas']['SubmitResponse']
export type SystemStatus = components['schemas']['SystemStatus']
export type TemplateList = components['schemas']['TemplateList']
export type UploadResponse = components['schemas']['UploadResponse']
export type ValidateResponse = components['schemas']['ValidateResponse']
export type WorkflowArguments = components['schemas']['WorkflowArguments']
export type WorkflowDiff = components['schemas']['WorkflowDiff']
export type WorkflowDocument = components['schemas']['WorkflowDocument']
export type WorkflowList = components['schemas']['WorkflowList']
export type WorkflowRecord = components['schemas']['WorkflowRecord']
export type WorkflowVersions = components['schemas']['WorkflowVersions']
export type ResponseRefusal = components['responses']['Refusal']
export type $defs = Record<string, never>
export interface operations {
  readonly getJobs: {
    readonly parameters: {
      readonly query?: {
        readonly state?: readonly ('queued' | 'running' | 'succeeded' | 'failed' | 'cancelled')[]
        readonly batch?: string
        readonly workflow?: string
        readonly owner?: string
        readonly limit?: number
        readonly before?: number
      }
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description JobList */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['JobList']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly postJobs: {
    readonly parameters: {
      readonly query?: {
        readonly wait?: number
      }
      readonly header?: {
        readonly 'idempotency-key'?: string
      }
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: {
      readonly content: {
        readonly 'application/json': components['schemas']['SubmitRequest']
      }
    }
    readonly responses: {
      /** @description SubmitResponse */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['SubmitResponse']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getJobsId: {
    readonly parameters: {
      readonly query?: {
        readonly wait?: number
      }
      readonly header?: never
      readonly path: {
        readonly id: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description JobDetail */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['JobDetail']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly deleteJobsId: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path: {
        readonly id: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description Done. */
      readonly 204: {
        headers: {
          readonly [name: string]: unknown
        }
        content?: never
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly patchJobsId: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path: {
        readonly id: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: {
      readonly content: {
        readonly 'application/json': components['schemas']['JobPatch']
      }
    }
    readonly responses: {
      /** @description Job */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['Job']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getJobsIdEvents: {
    readonly parameters: {
      readonly query?: {
        readonly after?: number
      }
      readonly header?: never
      readonly path: {
        readonly id: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description JobEvents */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['JobEvents']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly postJobsIdCancel: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path: {
        readonly id: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description Job */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['Job']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly postJobsIdRetry: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path: {
        readonly id: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description Job */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['Job']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly postJobsPrune: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: {
      readonly content: {
        readonly 'application/json': components['schemas']['PruneRequest']
      }
    }
    readonly responses: {
      /** @description PruneResponse */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['PruneResponse']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getQueue: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description QueueStatus */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['QueueStatus']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly postQueuePause: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description QueueStatus */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['QueueStatus']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly postQueueResume: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description QueueStatus */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['QueueStatus']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly postQueueClear: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description Cleared */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['Cleared']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getWorkflows: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description WorkflowList */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['WorkflowList']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly postWorkflows: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['SaveWorkflowRequest']
      }
    }
    readonly responses: {
      /** @description WorkflowRecord */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['WorkflowRecord']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getWorkflowsId: {
    readonly parameters: {
      readonly query?: {
        readonly version?: number
      }
      readonly header?: never
      readonly path: {
        readonly id: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description WorkflowRecord */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['WorkflowRecord']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly putWorkflowsId: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path: {
        readonly id: string
      }
      readonly cookie?: never
    }
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['SaveWorkflowRequest']
      }
    }
    readonly responses: {
      /** @description WorkflowRecord */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['WorkflowRecord']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly deleteWorkflowsId: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path: {
        readonly id: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description Done. */
      readonly 204: {
        headers: {
          readonly [name: string]: unknown
        }
        content?: never
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getWorkflowsIdVersions: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path: {
        readonly id: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description WorkflowVersions */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['WorkflowVersions']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getWorkflowsIdArguments: {
    readonly parameters: {
      readonly query?: {
        readonly version?: number
      }
      readonly header?: never
      readonly path: {
        readonly id: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description WorkflowArguments */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['WorkflowArguments']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getWorkflowsIdDiff: {
    readonly parameters: {
      readonly query: {
        readonly from: number
        readonly to: number
      }
      readonly header?: never
      readonly path: {
        readonly id: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description WorkflowDiff */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['WorkflowDiff']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly postValidate: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['ValidateRequest']
      }
    }
    readonly responses: {
      /** @description ValidateResponse */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['ValidateResponse']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getTemplates: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description TemplateList */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['TemplateList']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly 'getNode-packsStyle.css': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description The bytes. */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly '*/*': unknown
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getArtifacts: {
    readonly parameters: {
      readonly query?: {
        readonly job?: string
        readonly kind?: readonly ('image' | 'audio' | 'video' | 'latents' | 'weights' | 'table' | 'text' | 'file')[]
        readonly limit?: number
        readonly before?: number
      }
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description ArtifactList */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['ArtifactList']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getArtifactsHash: {
    readonly parameters: {
      readonly query?: {
        readonly download?: string
      }
      readonly header?: never
      readonly path: {
        readonly hash: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description The bytes. */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly '*/*': unknown
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getArtifactsHashThumbnail: {
    readonly parameters: {
      readonly query?: {
        readonly size?: number
      }
      readonly header?: never
      readonly path: {
        readonly hash: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description The bytes. */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly '*/*': unknown
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getArtifactsHashWorkflow: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path: {
        readonly hash: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description WorkflowDocument */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['WorkflowDocument']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly postUploads: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody: {
      readonly content: {
        readonly 'multipart/form-data': components['schemas']['UploadForm']
      }
    }
    readonly responses: {
      /** @description UploadResponse */
      readonly 201: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['UploadResponse']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getFilesFolder: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path: {
        readonly folder: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description FileList */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['FileList']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getFilesFolderName: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path: {
        readonly folder: string
        readonly name: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description The bytes. */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly '*/*': unknown
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly deleteFilesFolderName: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path: {
        readonly folder: string
        readonly name: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description Done. */
      readonly 204: {
        headers: {
          readonly [name: string]: unknown
        }
        content?: never
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getModels: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description ModelFolders */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['ModelFolders']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getModelsFolder: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path: {
        readonly folder: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description FileList */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['FileList']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getModelsFolderName: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path: {
        readonly folder: string
        readonly name: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description ModelDetail */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['ModelDetail']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getDownloads: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description Downloads */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['Downloads']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly postDownloads: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['DownloadRequest']
      }
    }
    readonly responses: {
      /** @description Download */
      readonly 202: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['Download']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly deleteDownloadsId: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path: {
        readonly id: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description Done. */
      readonly 204: {
        headers: {
          readonly [name: string]: unknown
        }
        content?: never
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getNodes: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description RegistryManifest */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['RegistryManifest']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly 'postNode-packsReload': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description RegistryManifest */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['RegistryManifest']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getSystem: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description SystemStatus */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['SystemStatus']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getEvents: {
    readonly parameters: {
      readonly query?: {
        readonly after?: number
        readonly jobs?: readonly string[]
      }
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description A stream of messages; on an upgrade the same ones come over a WebSocket. */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'text/event-stream': components['schemas']['ServerMessage']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getSettings: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description Settings */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['Settings']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly patchSettings: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: {
      readonly content: {
        readonly 'application/json': components['schemas']['SettingChanges']
      }
    }
    readonly responses: {
      /** @description Settings */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['Settings']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly deleteSettingsKey: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path: {
        readonly key: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description Done. */
      readonly 204: {
        headers: {
          readonly [name: string]: unknown
        }
        content?: never
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly 'getOpenapi.json': {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description OpenApi */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['OpenApi']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getDocs: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description The bytes. */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly '*/*': unknown
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly getDocsFile: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path: {
        readonly file: string
      }
      readonly cookie?: never
    }
    readonly requestBody?: never
    readonly responses: {
      /** @description The bytes. */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly '*/*': unknown
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly postWorkflowsImport: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['ImportRequest']
      }
    }
    readonly responses: {
      /** @description ImportedWorkflow */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['ImportedWorkflow']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
  readonly postWorkflowsExport: {
    readonly parameters: {
      readonly query?: never
      readonly header?: never
      readonly path?: never
      readonly cookie?: never
    }
    readonly requestBody: {
      readonly content: {
        readonly 'application/json': components['schemas']['ExportRequest']
      }
    }
    readonly responses: {
      /** @description ExportedWorkflow */
      readonly 200: {
        headers: {
          readonly [name: string]: unknown
        }
        content: {
          readonly 'application/json': components['schemas']['ExportedWorkflow']
        }
      }
      readonly default: components['responses']['Refusal']
    }
  }
}
