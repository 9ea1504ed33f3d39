/**
 * Faults that were there when a rule came, told by the name of a file, since files move. A list only ever gets
 * shorter: a line whose fault is mended fails the test.
 */
export const knownLongFunctions: readonly string[] = [
  'asset-store.ts createAssetStore',
  'assets.ts createComfyAssets',
  'box.tsx DecorationBox',
  'disk.ts openDiskMemoStore',
  'document.ts createDocument',
  'file-routes.ts addUserFiles',
  'form-field.tsx Control',
  'info-routes.ts addInfoRoutes',
  'memory.ts createMemoryMemoStore',
  'node-library.tsx NodeLibrary',
  'prompt-routes.ts addPromptRoutes',
  'run-commands.ts createClaims',
  'to-subgraph.ts definitionOf',
  'v2-events.ts serveJobEvents',
  'versions.tsx Versions',
]
