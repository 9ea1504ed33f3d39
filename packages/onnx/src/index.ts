export * from './tensor/index.ts'
export { openOnnxInitializers, parseOnnxInitializers } from './weights/onnx-initializers.ts'
export { openSafetensors, parseSafetensors } from './weights/safetensors.ts'
export {
  safetensorsChunks,
  serializeSafetensors,
  writeSafetensors,
  type WriteOptions,
} from './weights/safetensors-writer.ts'
export { openGguf, parseGguf } from './weights/gguf.ts'
export { openTflite, parseTflite } from './weights/tflite.ts'
export { openTfjs, parseTfjsBytes } from './weights/tfjs.ts'
export { openTorch, parseTorch } from './weights/torch.ts'
export { WeightError, type WeightErrorCode } from './weights/weight-error.ts'
export {
  createWeightSource,
  decodedWeight,
  mergeWeights,
  originOf,
  readWeight,
  readWeightAsFloat32,
  readWeightRange,
  renameWeights,
  requireWeight,
  weightAsFloat32,
  weightByteLength,
  weightOf,
  weightsUnder,
  type SourceOptions,
  type WeightSource,
} from './weights/weight-source.ts'
export { type Weight, type WeightPlace } from './weights/weight.ts'
export {
  Graph,
  parameterCountOf,
  showValue,
  type GraphNode,
  type NodeDescription,
  type Operand,
  type Value,
} from './graph/graph.ts'
export { GraphError } from './graph/graph-error.ts'
export { dimOf, staticDimOf } from './graph/operator.ts'
export { multiplyDims, type Dim, type Shape } from './graph/shape.ts'
export * as ops from './graph/ops/index.ts'
export { bindAsInput, type BindParameter, type ParameterBinding } from './serialize/binding.ts'
export { bindWeights } from './serialize/bind-weights.ts'
export { serializeModel, type Model, type ModelValue } from './serialize/model.ts'
export {
  Session,
  createSession,
  evaluate,
  executionProviders,
  type ExecutionProvider,
  type Feeds,
  type SessionOptions,
} from './runtime/session.ts'
export { RuntimeError, type RuntimeErrorCode } from './runtime/runtime-error.ts'
export * from './layers/index.ts'
export { rewriteGraph, type ReplaceNode } from './graph/rewrite.ts'
export { quantizeGraph, type QuantizeOptions } from './graph/quantized/quantize-graph.ts'
export type { QuantizedForm, QuantizedMatrix } from './graph/quantized/quantized-matrix.ts'
export { blockConvolutions, type BlockedKernel, type BlockOptions } from './graph/block-convolutions.ts'
export { blockedWeights } from './weights/block.ts'
export { freeMemory, totalMemory } from './runtime/memory.ts'
export { int8Support, type Int8Support } from './runtime/int8-support.ts'
export { quantizedWeights, int8Levels, type Int8Levels } from './weights/quantize.ts'
export { cachedWeights, pruneWeightCache, type CachedWeights, type CacheOptions } from './weights/weight-cache.ts'
export {
  loadModel,
  prepareWeights,
  processorOptions,
  weightStrategies,
  type PreparedWeights,
  type WeightStrategy,
  type WeightStrategyOptions,
} from './runtime/weight-strategy.ts'
export { gradientsOf } from './gradient/differentiate.ts'
export { type Optimizer } from './gradient/optimizer.ts'
export { trainStep, type StateEntry, type TrainStep, type TrainStepOptions } from './gradient/train-step.ts'
export {
  constantRate,
  cosineRate,
  linearRate,
  warmupRate,
  type LearningRate,
  type ScheduleOptions,
} from './gradient/learning-rate.ts'
export { binaryCrossEntropy, crossEntropy, meanAbsoluteError, meanSquaredError } from './gradient/losses.ts'
export { initialParameters } from './gradient/initialize.ts'
export { Trainer, type StepResult, type TrainerOptions } from './runtime/trainer.ts'
export { SessionPool, type Disposable } from './runtime/session-pool.ts'
export {
  createSessionHost,
  type HostedModel,
  type HostedModelOptions,
  type HostedRunOptions,
  type SessionHost,
  type SessionHostOptions,
  type SessionHostStatus,
} from './runtime/session-host.ts'
export {
  chooseProvider,
  deviceNames,
  testProvider,
  type ChooseProviderOptions,
  type DeviceName,
  type LoadedModel,
  type ProviderChoice,
  type ProviderReport,
} from './runtime/execution-provider.ts'
export { spliceGraph, type SpliceOptions } from './graph/splice.ts'
export { readModel, type ReadModel } from './runtime/read-model.ts'
