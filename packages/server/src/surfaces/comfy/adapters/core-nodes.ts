/**
 * The core node classes of ComfyUI 0.33 that workflows are made of, by what they are about: names with blanks between.
 */
export const coreNodes: { readonly [about: string]: string } = {
  Loaders:
    'CheckpointLoaderSimple CheckpointLoader unCLIPCheckpointLoader ImageOnlyCheckpointLoader UNETLoader VAELoader CLIPLoader DualCLIPLoader TripleCLIPLoader QuadrupleCLIPLoader CLIPVisionLoader LoraLoader LoraLoaderModelOnly ControlNetLoader DiffControlNetLoader StyleModelLoader GLIGENLoader UpscaleModelLoader LatentUpscaleModelLoader HypernetworkLoader PhotoMakerLoader ModelPatchLoader',
  'Text conditioning':
    'CLIPTextEncode CLIPSetLastLayer CLIPTextEncodeSDXL CLIPTextEncodeSDXLRefiner CLIPTextEncodeFlux CLIPTextEncodeSD3 TextEncodeQwenImageEdit CLIPVisionEncode StyleModelApply unCLIPConditioning FluxGuidance',
  Conditioning:
    'ConditioningMultiply ConditioningCombine ConditioningAverage ConditioningConcat ConditioningSetArea ConditioningSetAreaPercentage ConditioningSetAreaStrength ConditioningSetMask ConditioningZeroOut ConditioningSetTimestepRange ControlNetApply ControlNetApplyAdvanced SetUnionControlNetType ControlNetInpaintingAliMamaApply InpaintModelConditioning GLIGENTextBoxApply ReferenceLatent InstructPixToPixConditioning',
  Samplers:
    'VPScheduler ExtendIntermediateSigmas SamplingPercentToSigma SamplerDPMPP_2S_Ancestral SamplerDPMPP_SDE SamplerDPMPP_3M_SDE SamplerEulerAncestralCFGPP SamplerEulerCFGpp SamplerLCM SamplerER_SDE SamplerSEEDS2 SamplerSASolver SamplerDPMAdaptative SamplerLCMUpscale PerpNegGuider OptimalStepsScheduler KSampler KSamplerAdvanced SamplerCustom SamplerCustomAdvanced KSamplerSelect BasicScheduler KarrasScheduler ExponentialScheduler PolyexponentialScheduler BetaSamplingScheduler LaplaceScheduler SDTurboScheduler Flux2Scheduler AlignYourStepsScheduler GITSScheduler ManualSigmas SplitSigmas SplitSigmasDenoise FlipSigmas SetFirstSigma RandomNoise DisableNoise AddNoise BasicGuider CFGGuider DualCFGGuider SamplerEulerAncestral SamplerDPMPP_2M_SDE SamplerLMS',
  'Model patches':
    'ModelSamplingContinuousV ModelMergeAdd ModelMergeSubtract CLIPMergeAdd CLIPMergeSubtract CLIPSave VAESave FreeU PerpNeg APG CFGNorm CFGZeroStar TCFG Mahiro RenormCFG CFGOverride PatchModelAddDownscale ModelNoiseScale ModelSamplingDiscrete ModelSamplingSD3 ModelSamplingFlux ModelSamplingAuraFlow ModelSamplingContinuousEDM RescaleCFG FreeU_V2 PerturbedAttentionGuidance SelfAttentionGuidance SkipLayerGuidanceDiT HyperTile TomePatchModel DifferentialDiffusion TorchCompileModel ModelMergeSimple CLIPMergeSimple ModelMergeBlocks CheckpointSave LoraSave ModelSave',
  Latents:
    'LatentCutToBatch LatentBatchSeedBehavior LatentApplyOperation LatentApplyOperationCFG LatentOperationSharpen LatentOperationTonemapReinhard EmptyLatentImage EmptySD3LatentImage EmptyFlux2LatentImage VAEDecode VAEDecodeTiled VAEEncode VAEEncodeTiled VAEEncodeForInpaint SetLatentNoiseMask LatentUpscale LatentUpscaleBy LatentComposite LatentCompositeMasked LatentBlend LatentCrop LatentFlip LatentRotate LatentBatch LatentFromBatch RepeatLatentBatch RebatchLatents LatentAdd LatentSubtract LatentMultiply LatentInterpolate LatentConcat LatentCut SaveLatent LoadLatent',
  Images:
    'Morphology ImageRGBToYUV ImageYUVToRGB PorterDuffImageComposite ImageCropV2 ImageGrid AdjustBrightness AdjustContrast ColorTransfer ResizeAndPadImage LoadImage LoadImageMask LoadImageOutput SaveImage PreviewImage SaveImageAdvanced SaveAnimatedWEBP SaveAnimatedPNG ImageScale ImageScaleBy ImageScaleToTotalPixels ImageScaleToMaxDimension ResizeImageMaskNode ImageUpscaleWithModel ImageInvert ImageBatch BatchImagesNode ImageFromBatch RepeatImageBatch RebatchImages ImagePadForOutpaint ImageCrop ImageRotate ImageFlip ImageStitch ImageBlend ImageBlur ImageSharpen ImageQuantize ImageCompositeMasked EmptyImage Canny GetImageSize ImageAddNoise',
  Masks:
    'BatchMasksNode SolidMask InvertMask CropMask MaskComposite FeatherMask GrowMask ThresholdMask MaskToImage ImageToMask ImageColorToMask JoinImageWithAlpha SplitImageWithAlpha MaskPreview',
  'Video, audio, values and texts':
    'LoadVideo SaveVideo CreateVideo GetVideoComponents LoadAudio SaveAudio PreviewAudio VAEEncodeAudio VAEDecodeAudio PreviewAny PrimitiveInt PrimitiveFloat PrimitiveString PrimitiveStringMultiline PrimitiveBoolean StringConcatenate StringReplace StringLength StringSubstring CaseConverter StringTrim StringContains StringCompare StringFormat RegexMatch RegexExtract RegexReplace ComfySwitchNode ComfyMathExpression CreateList SaveText',
  Training:
    'TrainLoraNode LoraModelLoader SaveLoRA LossGraphNode LoadImageDataSetFromFolder LoadImageTextDataSetFromFolder MakeTrainingDataset SaveTrainingDataset LoadTrainingDataset ResolutionBucket ShuffleDataset ResizeImagesByShorterEdge CenterCropImages NormalizeImages',
}

/** Those for which there is no native counterpart, by the reason. */
export const coreNodesWithout: { readonly [reason: string]: string } = {
  'Other families of models':
    'CheckpointLoader unCLIPCheckpointLoader ImageOnlyCheckpointLoader QuadrupleCLIPLoader DiffControlNetLoader StyleModelLoader GLIGENLoader LatentUpscaleModelLoader HypernetworkLoader PhotoMakerLoader ModelPatchLoader TextEncodeQwenImageEdit StyleModelApply unCLIPConditioning SetUnionControlNetType ControlNetInpaintingAliMamaApply GLIGENTextBoxApply ReferenceLatent InstructPixToPixConditioning ModelSamplingAuraFlow SkipLayerGuidanceDiT',
  'Changes to models or schedules that no native node makes':
    'GITSScheduler DualCFGGuider SelfAttentionGuidance HyperTile TomePatchModel TorchCompileModel LoraSave ModelSave',
  'Lists of batches, animations and formats that no native node writes':
    'LoadImageOutput SaveImageAdvanced SaveAnimatedPNG ResizeImageMaskNode ImageStitch ImageQuantize SaveText',
  'Settings of samplers and guiders that no native node has':
    'SamplerDPMAdaptative SamplerLCMUpscale PerpNegGuider PerpNeg OptimalStepsScheduler APG CFGNorm CFGZeroStar TCFG Mahiro RenormCFG CFGOverride ModelNoiseScale ConditioningMultiply',
  'Changes inside a network, whose graph is built without them': 'PatchModelAddDownscale',
  'Parts of checkpoints written alone': 'CLIPSave VAESave CLIPMergeAdd CLIPMergeSubtract',
  'Operations on latents and pictures that no native node makes':
    'LatentCutToBatch LatentBatchSeedBehavior LatentApplyOperation LatentApplyOperationCFG LatentOperationSharpen LatentOperationTonemapReinhard PorterDuffImageComposite ImageCropV2 ImageGrid AdjustBrightness AdjustContrast ColorTransfer ResizeAndPadImage BatchMasksNode',
  'Video and audio': 'VAEEncodeAudio VAEDecodeAudio',
  'Training, which native nodes do otherwise':
    'TrainLoraNode LoraModelLoader SaveLoRA LossGraphNode LoadImageDataSetFromFolder LoadImageTextDataSetFromFolder MakeTrainingDataset SaveTrainingDataset LoadTrainingDataset ResolutionBucket ShuffleDataset ResizeImagesByShorterEdge CenterCropImages NormalizeImages',
}
