namespace RobustPruning.Onnx.Lowering;

/// <summary>One axis of a window that slides over a feature map.</summary>
/// <param name="Size">The map's size.</param>
/// <param name="Kernel">The window's size.</param>
/// <param name="Stride">How far it moves.</param>
/// <param name="Begin">Places before the map.</param>
/// <param name="End">Places behind the map.</param>
/// <param name="Dilation">How far its places are apart.</param>
/// <param name="Outputs">How many windows there are.</param>
internal sealed record WindowAxis(long Size, long Kernel, long Stride, long Begin, long End, long Dilation, long Outputs)
{
    /// <summary>An axis on which there is nothing to do.</summary>
    public static WindowAxis Single(long size) => new(size, 1, 1, 0, 0, 1, size);

    /// <summary>Whether torch slides alike with padding of one size at both ends.</summary>
    public bool IsSymmetric => Begin == End && Outputs == ((Size + Begin + End - Reach) / Stride) + 1;

    /// <summary>Whether any place is outside the map.</summary>
    public bool HasPadding => Begin > 0 || End > 0;

    private long Reach => ((Kernel - 1) * Dilation) + 1;

    /// <summary>The axes of the windows of a convolution or pooling.</summary>
    /// <exception cref="OnnxException">The attributes do not fit the map.</exception>
    public static WindowAxis[] Read(OperatorCall call, IReadOnlyList<long> sizes, IReadOnlyList<long> kernel, bool roundsUp = false)
    {
        var rank = sizes.Count;
        var stride = WindowAttributes.List(call, "strides", rank, 1);
        var dilation = WindowAttributes.List(call, "dilations", rank, 1);
        var pads = WindowAttributes.List(call, "pads", 2 * rank, 0);
        var mode = call.Text("auto_pad", "NOTSET");
        var axes = new WindowAxis[rank];
        for (var axis = 0; axis < rank; axis++)
        {
            long size = sizes[axis], reach = ((kernel[axis] - 1) * dilation[axis]) + 1, begin = pads[axis], end = pads[axis + rank];
            switch (mode)
            {
                case "NOTSET": break;
                case "VALID": (begin, end) = (0, 0); break;
                case "SAME_UPPER" or "SAME_LOWER":
                    var missing = Math.Max(0, (((size + stride[axis] - 1) / stride[axis] - 1) * stride[axis]) + reach - size);
                    begin = mode == "SAME_UPPER" ? missing / 2 : missing - (missing / 2);
                    end = missing - begin;
                    break;
                default: throw call.Refuse($"its auto_pad '{mode}' is not supported.");
            }

            var room = size + begin + end - reach;
            if (room < 0)
                throw call.Refuse($"its window of {reach} places does not fit into {size} with {begin} and {end} around.");
            var outputs = (room / stride[axis]) + 1;

            // The last window of a rounded size must begin in the map or before.
            if (roundsUp && room % stride[axis] != 0 && outputs * stride[axis] < size + begin)
                outputs++;
            axes[axis] = new WindowAxis(size, kernel[axis], stride[axis], begin, end, dilation[axis], outputs);
        }

        return axes;
    }

    /// <summary>Where a window has one of its places: within the map, or outside.</summary>
    public long Place(long output, long tap) => (output * Stride) - Begin + (tap * Dilation);

    /// <summary>The places of all windows one after the other, those outside as <see cref="Places.Zero"/>.</summary>
    public long[] AllPlaces(Limits limits)
    {
        var places = new long[limits.Spend(Outputs, Kernel)];
        for (var index = 0; index < places.Length; index++)
            places[index] = Place(index / Kernel, index % Kernel) is var place && place >= 0 && place < Size ? place : Places.Zero;
        return places;
    }
}
