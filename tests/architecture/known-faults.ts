/**
 * Faults that were there when a rule came, told by the name of a file, since files move. A list only ever gets shorter: whoever
 * mends one takes its line out.
 */
export const knownCircles: readonly string[] = []

/** By package and room. */
export const knownUpwardImports: readonly string[] = []

export const knownLongFunctions: readonly string[] = [
  'asset-store.ts createAssetStore',
  'assets.ts createComfyAssets',
  'automatic.ts createAutomaticSurface',
  'box.tsx DecorationBox',
  'choice-widget.tsx Picker',
  'disk.ts openDiskMemoStore',
  'document.ts createDocument',
  'downloads.ts createDownloads',
  'file-routes.ts addUserFiles',
  'file-widget.tsx FileWidget',
  'files.ts fileRoutes',
  'folders.ts createFolders',
  'form-field.tsx Control',
  'grid-dialog.tsx GridDialog',
  'info-routes.ts addInfoRoutes',
  'jobs.ts jobRoutes',
  'live.ts followEvents',
  'mask-painter.tsx MaskPainter',
  'memory.ts createMemoryMemoStore',
  'node-library.tsx NodeLibrary',
  'number-widget.tsx NumberWidget',
  'openai.ts createOpenAiSurface',
  'prompt-routes.ts addPromptRoutes',
  'result-viewer.tsx ResultViewer',
  'right-panel.tsx QueuePanel',
  'run-commands.ts createClaims',
  'run-controls.tsx RunControls',
  'run-feed.ts createRunFeed',
  'run.ts applyEvent',
  'session.ts createSession',
  'to-subgraph.ts definitionOf',
  'top-bar.tsx MainMenu',
  'v2-events.ts serveJobEvents',
  'v2.ts createComfyV2',
  'versions.tsx Versions',
  'workflows.ts workflowRoutes',
  'workspace.ts createWorkspace',
  'writer.ts createWriter',
]

export const knownReturnTypes: readonly string[] = [
  'access.ts AccessGuard',
  'asset-scan.ts AssetScan',
  'asset-store.ts AssetStore',
  'downloads.ts Downloads',
  'folders.ts Folders',
  'metrics.ts Metrics',
]

export const knownIgnoredFormats: readonly string[] = [
  'clip-art-pictures.ts',
  'compile-schema.ts',
  'emoji-pictures.ts',
  'execution.ts',
  'filter.ts',
  'fingerprint.ts',
  'flag-pictures.ts',
  'flatten.ts',
  'input.ts',
  'order.ts',
  'prior-preservation.ts',
  'runtime-graph.ts',
  'sample-model.ts',
]

/** Comment lines wider than 120 columns, by package. */
export const knownWideCommentLines: Readonly<Record<string, number>> = {
  onnx: 0,
  nodes: 337,
  client: 3,
  server: 177,
  editor: 37,
}
