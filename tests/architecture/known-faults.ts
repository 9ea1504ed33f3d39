/**
 * Faults that were there when a rule came, told by the name of a file, since files move. A list only ever gets
 * shorter: a line whose fault is mended fails the test.
 */
export const knownLongFunctions: readonly string[] = [
  'asset-store.ts createAssetStore',
  'assets.ts createComfyAssets',
  'file-routes.ts addUserFiles',
  'info-routes.ts addInfoRoutes',
  'prompt-routes.ts addPromptRoutes',
  'run-commands.ts createClaims',
  'to-subgraph.ts definitionOf',
  'v2-events.ts serveJobEvents',
]
