import type { JsonObject } from '@patchbay/engine'
import type { FeatureMap, Feeds, Graph, Scope, Tensor, Value, WeightSource } from '@patchbay/onnx'
import type { LoraAlias } from '../../weights/lora/lora-targets.ts'
import type { DenoiserCost } from './cost.ts'
import type { ModelPart } from './model-part.ts'
import type { NetworkChange } from './network-change.ts'

/** What an architecture of denoising networks declares: how its files are recognised, and what a network of it is. */
export interface DenoiserDeclaration<Name extends string, Config> {
  readonly name: Name
  /** What messages call such a network, with its article: "a UNet". */
  readonly title: string
  /** The class of diffusers, as `config.json` and `model_index.json` name it. */
  readonly className: string
  /** The folder of a diffusers or ONNX pipeline that it lies in. */
  readonly folder: string
  /** Its weights in a file, alone or in a whole checkpoint, under diffusers' names; undefined where there are none. */
  weightsIn(source: WeightSource): WeightSource | undefined
  /** The config that names and shapes of such weights tell; undefined for a structure that is not known. */
  detect(weights: WeightSource): Config | undefined
  /**
   * Reads diffusers' `config.json`.
   * @throws ConfigError where a field is missing, of another kind, or asks for what the architecture does not have
   */
  parse(json: unknown, title: string): Config
  network(config: Config): DenoiserNetwork
}

/** An architecture in the table: what it declares, and the parts that are opened by it. */
export interface DenoiserArchitecture<Name extends string, Config> extends DenoiserDeclaration<Name, Config> {
  /** The network in a file without a config; undefined where there is none. Only names and shapes are read. */
  partIn(source: WeightSource): DenoiserPartOf<Name, Config> | undefined
  /**
   * A network by the config that lies beside it.
   * @throws ConfigError as `parse` does
   */
  partOf(json: unknown, title: string, files: Omit<ModelPart<Config>, 'config'>): DenoiserPartOf<Name, Config>
}

/** A denoising network as opened, tagged by the architecture that reads it. */
export interface DenoiserPartOf<Name extends string, Config> extends ModelPart<Config> {
  readonly architecture: Name
}

/** An entry for the table of architectures. */
export function denoiserArchitecture<Name extends string, Config>(
  declaration: DenoiserDeclaration<Name, Config>,
): DenoiserArchitecture<Name, Config> {
  const { name, weightsIn, detect, parse } = declaration
  return {
    ...declaration,
    partIn(source) {
      const weights = weightsIn(source)
      const config = weights && detect(weights)
      return weights && config && { architecture: name, config, weights }
    },
    partOf: (json, title, files) => ({ architecture: name, config: parse(json, title), ...files }),
  }
}

/** What is known of a denoising network by its config: all that opening, sampling, training and estimates ask of it. */
export interface DenoiserNetwork {
  /** Channels of the latents that it denoises. */
  readonly latentChannels: number
  /** Channels that it is fed: those of the latents, and of what lies beside them (inpainting). */
  readonly inputChannels: number
  /** Values of each token of the text that it reads. */
  readonly textWidth: number
  /** Width of the pooled text that it takes beside the tokens; undefined where it takes none. */
  readonly pooledWidth?: number
  /** Whether it is told an aesthetic score among the sizes. */
  readonly takesAestheticScore: boolean
  /** Sides of latents that are multiples of it divide evenly on the way through the network. */
  readonly cell: number
  /** Whether it takes no other sides: a token is a whole cell. */
  readonly isWholeCells?: boolean
  /** Names the work, to find out how fast a device does it: networks of one structure are equally fast. */
  readonly work: string
  readonly cost: DenoiserCost
  /**
   * How many layers of attention within a picture it has at each level, whose sides are halved (and rounded up) from
   * one to the next; undefined where that is not how it is built.
   */
  readonly selfAttention?: readonly number[]
  /** diffusers' pipeline that such a network is saved for. */
  readonly pipeline: string
  /** The `config.json` that `parse` reads, as diffusers writes it. */
  readonly json: JsonObject

  /**
   * The inputs of its graph, declared in a fixed order. Those of `own` are taken as they are, in place of inputs: a
   * loss makes its noisy latents in the graph. `undefined` leaves an input out that the network can do without.
   * @throws CheckpointError where the form asks for what the architecture does not have
   */
  inputs(graph: Graph, sizes?: InputSizes, own?: Partial<DenoiserInputs>, form?: GraphForm): DenoiserInputs
  /** The prediction, [batch, latentChannels, height, width] in the layout that the sample has. */
  predict(scope: Scope, inputs: DenoiserInputs, form?: GraphForm): FeatureMap
  /** Values for `inputs` of free sizes, for latents [batch, inputChannels, height, width]. */
  feeds(sample: Tensor, timestep: number, conditioning: NetworkConditioning): Feeds
  /**
   * What the network is told of a picture's sizes (height, width, crop, target height and width); undefined where
   * nothing.
   */
  sizeConditioning(sizes: readonly number[], aestheticScore?: number): readonly number[] | undefined

  /** How exporters name the inputs, by their names here, and the output. */
  readonly exported: { readonly inputs: Readonly<Record<string, string>>; readonly outputs: readonly string[] }
  /** Other names that LoRA files give a layer, without the prefixes that all files share. */
  loraAliases(layer: string): readonly LoraAlias[]
  /** The layers in the order in which the first LoRA files number them; empty for architectures that are younger. */
  numberedLayers(weights: readonly string[]): readonly string[]
  /** Which layers a LoRA in training changes by choice; undefined for others. */
  layerKind(layer: string): 'attention' | 'feed-forward' | undefined
  /** The part of the network that a weight belongs to, for merging by parts. */
  sectionOf(weight: string): 'input' | 'middle' | 'output'
}

/** What differs between graphs of one network. */
export interface GraphForm {
  /** Takes what ControlNets add. */
  readonly isControlled?: boolean
  /**
   * Self-attention of the middle is the identity (Ahn et al. 2024): the estimate that perturbed-attention guidance
   * leads away from.
   */
  readonly isPerturbed?: boolean
  /** What else is changed about it, in this order. */
  readonly changes?: readonly NetworkChange[]
}

/** Sizes of inputs: numbers, or names of dimensions that are free. */
export interface InputSizes {
  readonly batch: number | string
  readonly height: number | string
  readonly width: number | string
  readonly tokens: number | string
}

export const freeSizes: InputSizes = { batch: 'batch', height: 'height', width: 'width', tokens: 'tokens' }

/** What denoising networks are fed, by the names of their inputs. */
export interface DenoiserInputs {
  /** [batch, inputChannels, height, width] */
  readonly sample: FeatureMap
  /** [batch], the training timestep of each latent. */
  readonly timestep: Value
  /** [batch, tokens, textWidth] */
  readonly text: Value
  /** Pooled text, [batch, pooledWidth]. */
  readonly pooled?: Value | undefined
  /** [batch, count]; see `sizeConditioning`. */
  readonly sizes?: Value | undefined
  /** The embedded guidance scale of distilled models: [batch, width] of an LCM, [batch] of Flux. */
  readonly guidance?: Value | undefined
  /** What ControlNets add, in the order of the network's connections, the middle last. */
  readonly residuals?: readonly FeatureMap[] | undefined
  /** The inputs that changes add, by their names. */
  readonly added?: Readonly<Record<string, Value>> | undefined
}

/** What a denoising network is told besides latents and timestep. */
export interface NetworkConditioning {
  /** [1 or batch, tokens, width] */
  readonly embeddings: Tensor
  /** Pooled text, [1 or batch, n]; SDXL. */
  readonly pooled?: Tensor
  /** Sizes as `sizeConditioning` gives them. */
  readonly sizes?: readonly number[]
  /** Channels beside the latents, [1 or batch, c, height, width]: mask and masked latents of inpainting models. */
  readonly beside?: Tensor
  /** Guidance scale of models distilled from one (LCM: Luo et al. 2023, section 4.1). */
  readonly guidanceScale?: number
  /** Guidance that a model distilled from it is told, whatever the sampler's own scale is (Flux). */
  readonly distilledGuidance?: number
  /** What ControlNets add: one tensor for each connection, the middle last. */
  readonly residuals?: readonly Tensor[]
  /** Values for the inputs that changes add: numbers [] that are the same for all latents, or [1 or batch, …]. */
  readonly added?: Readonly<Record<string, Tensor>>
}
