import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConfig, startServer } from '@patchbay/server'
import openapiTs, { astToString, type OpenAPI3 } from 'openapi-typescript'
import pino from 'pino'
import prettier from 'prettier'
import ts from 'typescript'

export const apiTypesFile = join(import.meta.dirname, '../packages/client/src/generated/api.ts')

/** Components that the engine declares by itself; the server holds its schemas to these types (packages/server/src/api/shapes.ts). */
const engineTypes: Readonly<Record<string, string>> = {
  ArtifactRef: 'ArtifactRef',
  Issue: 'Issue',
  JsonObject: 'JsonObject',
  JsonValue: 'JsonValue',
  NodeEstimate: 'NodeEstimate',
  RegistryManifest: 'RegistryManifest',
  RunErrorReport: 'RunErrorReport',
  UntrustedDocument: 'Workflow',
  Widget: 'Widget',
  WireRunEvent: 'WireRunEvent',
  Workflow: 'Workflow',
  WorkflowDiff: 'WorkflowDiff',
}

/** TypeScript types of the API, from the description that a server gives of itself. */
export async function apiTypes(): Promise<string> {
  const nodes = await openapiTs(await servedDescription(), {
    immutable: true,
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
    rootTypesKeepCasing: true,
    // A field with a default may be left out of a request.
    defaultNonNullable: false,
    transform(schema, { path = '' }) {
      if (schema.format === 'binary') return ts.factory.createTypeReferenceNode('Blob')
      const name = engineTypes[path.replace('#/components/schemas/', '')]
      return name === undefined ? undefined : ts.factory.createTypeReferenceNode(`engine.${name}`)
    },
  })
  const text = [
    "// Written by tools/api-types.ts from the server's description of itself. Do not edit.",
    "import type * as engine from '@patchbay/engine/workflow'",
    astToString(nodes),
  ].join('\n')
  return prettier.format(text, { ...(await prettier.resolveConfig(apiTypesFile)), parser: 'typescript' })
}

async function servedDescription(): Promise<OpenAPI3> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'patchbay-api-types-'))
  const config = createConfig({ dataDirectory, port: 0, builtInNodes: false, nodePacks: [] })
  const server = await startServer(config, pino({ level: 'silent' }))
  try {
    const answer = await fetch(`${server.url}/api/v1/openapi.json`)
    return (await answer.json()) as OpenAPI3
  } finally {
    await server.close()
    await rm(dataDirectory, { recursive: true, force: true })
  }
}

if (process.argv[1] === import.meta.filename) await writeFile(apiTypesFile, await apiTypes())
