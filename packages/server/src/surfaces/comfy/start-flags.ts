/** Flags of ComfyUI's own start that this server has none for, by whether a value may follow. */
const bare = [
  'auto-launch bf16-text-enc bf16-unet bf16-vae cpu-vae cuda-malloc deterministic disable-all-custom-nodes disable-api-nodes',
  'disable-assets-autoscan disable-async-offload disable-auto-launch disable-cuda-malloc disable-dynamic-vram',
  'disable-ipex-optimize disable-manager-ui disable-metadata disable-mmap disable-pinned-memory disable-smart-memory',
  'disable-subgraph-caching disable-xformers dont-print-server dont-upcast-attention enable-assets',
  'enable-compress-response-body enable-dynamic-vram enable-manager enable-manager-legacy-ui force-channels-last',
  'force-fp16 force-fp32 force-non-blocking force-upcast-attention fp16-intermediates fp16-text-enc fp16-unet fp16-vae',
  'fp32-text-enc fp32-unet fp32-vae fp64-unet fp8_e4m3fn-text-enc fp8_e4m3fn-unet fp8_e5m2-text-enc fp8_e5m2-unet',
  'fp8_e8m0fnu-unet gpu-only highvram log-stdout lowvram mmap-torch-files multi-user normalvram novram',
  'quick-test-for-ci supports-fp8-compute use-flash-attention use-pytorch-cross-attention use-quad-cross-attention',
  'use-sage-attention use-split-cross-attention windows-standalone-build',
]
const valued = [
  'async-offload base-directory cache-ram comfy-api-base cuda-device database-url default-device',
  'default-hashing-function directml enable-cors-header fast feature-flag front-end-version max-upload-size',
  'oneapi-device-selector preview-size reserve-vram tls-certfile tls-keyfile user-directory verbose',
  'whitelist-custom-nodes',
]
const namesIn = (lines: readonly string[]) =>
  new Set(lines.flatMap((line) => line.split(' ').map((name) => `--${name}`)))
const [bareFlags, valuedFlags] = [namesIn(bare), namesIn(valued)]

/**
 * The arguments of a start without the flags that ComfyUI has and this server does not, and those flags: scripts that
 * start ComfyUI start this server too. A flag that neither knows stays, and is refused.
 */
export function withoutComfyFlags(given: readonly string[]): {
  readonly args: readonly string[]
  readonly ignored: readonly string[]
} {
  const args: string[] = []
  const ignored: string[] = []
  let takesValue = false
  for (const arg of given) {
    const [name = ''] = arg.split('=')
    if (bareFlags.has(name) || valuedFlags.has(name)) {
      ignored.push(name)
      takesValue = valuedFlags.has(arg)
    } else if (!takesValue || arg.startsWith('-')) {
      args.push(arg)
      takesValue = false
    }
  }
  return { args, ignored }
}
