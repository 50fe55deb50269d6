namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>Resamples the dimensions after batch and channel, to a size or by a factor.</summary>
            public static Tensor interpolate(
                Tensor x,
                long[] size = null,
                double[] scale_factor = null,
                InterpolationMode mode = InterpolationMode.Nearest,
                bool? align_corners = null,
                bool recompute_scale_factor = false,
                bool antialias = false)
            {
                var spatial = (int)x.ndim - 2;
                if ((size is null) == (scale_factor is null))
                {
                    throw new ArgumentException("Either size or scale_factor has to be given, and not both.");
                }

                if (spatial is < 1 or > 3 || (size?.Length ?? scale_factor.Length) != spatial)
                {
                    throw new ArgumentException($"A tensor of {x.ndim} dimensions needs {spatial} sizes or factors (3 to 5 dimensions are supported).");
                }

                var corners = mode is InterpolationMode.Linear or InterpolationMode.Bilinear or InterpolationMode.Bicubic or InterpolationMode.Trilinear;
                if (align_corners.HasValue && !corners)
                {
                    throw new ArgumentException("align_corners goes with the linear, bilinear, bicubic and trilinear modes only.", nameof(align_corners));
                }

                if (antialias && mode is not (InterpolationMode.Bilinear or InterpolationMode.Bicubic))
                {
                    throw new ArgumentException("antialias goes with the bilinear and bicubic modes only.", nameof(antialias));
                }

                if (scale_factor is not null && (recompute_scale_factor || mode == InterpolationMode.Area))
                {
                    size = scale_factor.Select((factor, i) => (long)Math.Floor(x.shape[i + 2] * factor)).ToArray();
                    scale_factor = null;
                }

                if (mode == InterpolationMode.Area)
                {
                    return Operator.Get($"aten::adaptive_avg_pool{spatial}d").Call(x, size);
                }

                var resample = Operator.Get(UpsampleName(mode, spatial, antialias), "vec");
                return corners ? resample.Call(x, size, align_corners ?? false, scale_factor) : resample.Call(x, size, scale_factor);
            }

            private static string UpsampleName(InterpolationMode mode, int spatial, bool antialias) => "aten::" + (mode, spatial) switch
            {
                (InterpolationMode.Nearest, _) => $"upsample_nearest{spatial}d",
                (InterpolationMode.NearestExact, _) => $"_upsample_nearest_exact{spatial}d",
                (InterpolationMode.Linear, 1) => "upsample_linear1d",
                (InterpolationMode.Bilinear, 2) => antialias ? "_upsample_bilinear2d_aa" : "upsample_bilinear2d",
                (InterpolationMode.Bicubic, 2) => antialias ? "_upsample_bicubic2d_aa" : "upsample_bicubic2d",
                (InterpolationMode.Trilinear, 3) => "upsample_trilinear3d",
                _ => throw new ArgumentException($"{mode} does not interpolate over {spatial} dimensions."),
            };
        }
    }
}
