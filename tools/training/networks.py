"""The two networks of the bundled checkpoint, as diffusers builds them, in an edition for each picture size: 64 and 128 pixels.

Both editions have 8 x 8 latents, so that a step of the denoiser costs the same.
"""

from diffusers import AutoencoderKL, UNet2DConditionModel

LATENT_CHANNELS = {64: 16, 128: 32}
# Channels double as places quarter, so that each level takes about the same time.
AUTOENCODER_CHANNELS = {64: (16, 32, 64, 128), 128: (16, 32, 64, 128, 256)}
TOKENS, TOKEN_CHANNELS = 16, 512


def create_autoencoder(size=64):
    """64 x 64 x 3 <-> 8 x 8 x 16, 2.6 M parameters; 128 x 128 x 3 <-> 8 x 8 x 32, 10.5 M parameters and no attention."""
    channels = AUTOENCODER_CHANNELS[size]
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        latent_channels=LATENT_CHANNELS[size],
        block_out_channels=channels,
        layers_per_block=1,
        norm_num_groups=4,
        down_block_types=["DownEncoderBlock2D"] * len(channels),
        up_block_types=["UpDecoderBlock2D"] * len(channels),
        mid_block_add_attention=size == 64,
        sample_size=size,
        scaling_factor=1.0,
    )


def create_denoiser(size=64):
    """Predicts v from noisy latents, [8, 8, 16 or 32], 16 tokens of 512 and a pooled 512; 9.9 M parameters."""
    return UNet2DConditionModel(
        sample_size=8,
        in_channels=LATENT_CHANNELS[size],
        out_channels=LATENT_CHANNELS[size],
        block_out_channels=(96, 192),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        mid_block_type="UNetMidBlock2DCrossAttn",
        cross_attention_dim=TOKEN_CHANNELS,
        attention_head_dim=(2, 3),
        norm_num_groups=16,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=32,
        projection_class_embeddings_input_dim=TOKEN_CHANNELS + 6 * 32,
    )
